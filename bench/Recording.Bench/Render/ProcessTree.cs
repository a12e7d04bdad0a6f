using System.Globalization;

namespace Recording.Bench.Render;

/// <summary>Watches the memory of this process and those it started, ten times a second, in /proc.</summary>
internal sealed class ProcessTree : IDisposable
{
    // sysconf(_SC_CLK_TCK) on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;
    private const int ParentField = 1;
    private const int UserTimeField = 11;
    private readonly Timer _timer;

    public ProcessTree() => _timer = new Timer(_ => Look(), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(100));

    /// <summary>Most memory of all together, resident.</summary>
    public long PeakKib { get; private set; }

    /// <summary>Most memory of this process.</summary>
    public long PeakOwnKib { get; private set; }

    /// <summary>Most memory of one that it started.</summary>
    public long PeakChildKib { get; private set; }

    /// <summary>What that one wrote: the file name at the end of its command line.</summary>
    public string PeakChildWrote { get; private set; } = "";

    /// <summary>User and system time of this process and of those it started that have ended.</summary>
    public static double CpuSeconds()
    {
        string[] fields = Fields("self");
        return fields[UserTimeField..(UserTimeField + 4)].Sum(field => long.Parse(field, CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        string own = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        long all = Resident(own);
        PeakOwnKib = Math.Max(PeakOwnKib, all);
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            string id = Path.GetFileName(folder);
            if (!char.IsAsciiDigit(id[0]))
            {
                continue;
            }

            try
            {
                // Between fork and exec a child still is this process, with its memory.
                if (Fields(id)[ParentField] == own && CommandLine(id) is var command && command != CommandLine(own))
                {
                    long child = Resident(id);
                    if (child > PeakChildKib)
                    {
                        (PeakChildKib, PeakChildWrote) = (child, Path.GetFileName(command.Split('\0')[^1]));
                    }

                    all += child;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It ended while it was looked at.
            }
        }

        PeakKib = Math.Max(PeakKib, all);
    }

    private static string CommandLine(string id) => File.ReadAllText($"/proc/{id}/cmdline").TrimEnd('\0');

    private static string[] Fields(string id)
    {
        // The name in parentheses may hold spaces; what follows does not.
        string stat = File.ReadAllText($"/proc/{id}/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
    }

    private static long Resident(string id) => long.Parse(File.ReadAllText($"/proc/{id}/statm").Split(' ')[1], CultureInfo.InvariantCulture) * (Environment.SystemPageSize / 1024);
}
