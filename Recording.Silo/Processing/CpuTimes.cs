using System.Globalization;

namespace Recording.Silo.Processing;

/// <summary>The first line of /proc/stat, in ticks since the machine started.</summary>
/// <param name="Ordinary">Work of ordinary priority, the kernel's own, and what another machine on the same host took.</param>
/// <param name="All">Everything, idle time too.</param>
internal readonly record struct CpuTimes(long Ordinary, long All)
{
    // proc(5): cpu user nice system idle iowait irq softirq steal guest guest_nice; the guests' time is in user and nice as well.
    private const int Fields = 8;
    private const int Nice = 1;
    private const int Idle = 3;
    private const int IoWait = 4;

    /// <summary>Reads it; null = there is no such file.</summary>
    public static CpuTimes? Read(string procDirectory)
    {
        string? line;
        try
        {
            line = File.ReadLines(Path.Combine(procDirectory, "stat")).FirstOrDefault();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        string[] words = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        if (words.Length <= Fields || words[0] != "cpu")
        {
            return null;
        }

        long ordinary = 0;
        long all = 0;
        for (int i = 0; i < Fields; i++)
        {
            if (!long.TryParse(words[i + 1], CultureInfo.InvariantCulture, out long ticks))
            {
                return null;
            }

            all += ticks;
            ordinary += i is Nice or Idle or IoWait ? 0 : ticks;
        }

        return new CpuTimes(ordinary, all);
    }
}
