using System.Globalization;

namespace Recording.Bench.Remux;

/// <summary>Reads /proc: its figures only grow, so the last reading before the end is within milliseconds of the whole.</summary>
internal static class ProcessUsage
{
    // sysconf(_SC_CLK_TCK) on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;
    private const int UserTimeField = 11;

    /// <summary>Null when the process is gone.</summary>
    public static Usage? Read(int processId)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{processId}/stat");

            // The name in parentheses may hold spaces; what follows does not.
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            long ticks = long.Parse(fields[UserTimeField], CultureInfo.InvariantCulture) + long.Parse(fields[UserTimeField + 1], CultureInfo.InvariantCulture);
            foreach (string line in File.ReadLines($"/proc/{processId}/status"))
            {
                if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
                {
                    return new Usage(ticks / TicksPerSecond, long.Parse(line[6..^2].Trim(), CultureInfo.InvariantCulture));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended between two reads.
        }

        return null;
    }
}
