using System.Globalization;

namespace Recording.Bench.Assembly;

/// <summary>What Linux says of this process's memory, in bytes.</summary>
internal static class ProcessMemory
{
    /// <summary>Held now.</summary>
    public static long Resident() => Read("VmRSS:");

    /// <summary>Most that was held since <see cref="ResetPeak"/>.</summary>
    public static long Peak() => Read("VmHWM:");

    /// <summary>Lets the peak begin again (proc(5), clear_refs).</summary>
    public static void ResetPeak() => File.WriteAllText("/proc/self/clear_refs", "5");

    private static long Read(string name)
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line.AsSpan(name.Length).Trim().ToString().Split(' ')[0], CultureInfo.InvariantCulture) << 10;
    }
}
