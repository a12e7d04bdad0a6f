using System.Globalization;

namespace Recording.Silo.Processing;

/// <summary>
/// Whether this machine has room for another task: capture that runs on it comes first. Reads Linux's /proc and cgroup files; what is not there
/// (another system) counts as plenty. Thread-safe.
/// </summary>
/// <param name="options">The limits.</param>
/// <param name="time">Paces the readings.</param>
internal sealed class MachineCapacity(CapacityOptions options, TimeProvider time)
{
    private static readonly TimeSpan _window = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _firstWindow = TimeSpan.FromMilliseconds(500);
    private readonly Lock _lock = new();
    private CpuTimes? _before;
    private long _readAt;
    private double _share;
    private bool _isMeasured;

    /// <summary>Takes the first reading.</summary>
    /// <returns>How long it takes until the second one tells something; zero = nothing has to be measured.</returns>
    public TimeSpan Begin()
    {
        if (options.MaxCpuPercent >= 100)
        {
            return TimeSpan.Zero;
        }

        CpuPercent();
        return _before is null ? TimeSpan.Zero : _firstWindow;
    }

    /// <summary>Why no task should be begun now, for a log; null = there is room.</summary>
    public string? Shortage()
    {
        if (options.MaxCpuPercent < 100 && CpuPercent() is var share && share > options.MaxCpuPercent)
        {
            return string.Create(CultureInfo.InvariantCulture, $"other work uses {share:0} % of the CPU, over {options.MaxCpuPercent} %");
        }

        if (options.MinFreeMemory > 0 && FreeMemory() is { } free && free < options.MinFreeMemory)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{free >> 20} MiB of memory are free, under {options.MinFreeMemory >> 20} MiB");
        }

        return null;
    }

    /// <summary>
    /// Share of all CPUs that work of ordinary priority used in the last seconds, 0..100. Niced work is left out: our own FFmpeg is niced, and gives
    /// way by itself. 0 until there are two readings.
    /// </summary>
    public double CpuPercent()
    {
        lock (_lock)
        {
            if ((_before is null || time.GetElapsedTime(_readAt) >= (_isMeasured ? _window : _firstWindow)) && CpuTimes.Read(options.ProcDirectory) is { } now)
            {
                if (_before is { } before && now.All > before.All)
                {
                    _share = Math.Clamp(100.0 * (now.Ordinary - before.Ordinary) / (now.All - before.All), 0, 100);
                    _isMeasured = true;
                }

                _before = now;
                _readAt = time.GetTimestamp();
            }

            return _share;
        }
    }

    /// <summary>Bytes that can be had without swapping, in the machine and in this process's control group; null = not known.</summary>
    public long? FreeMemory()
    {
        long? machine = null;
        foreach (string line in Lines(Path.Combine(options.ProcDirectory, "meminfo")))
        {
            // MemAvailable:    1234567 kB
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= 2 && words[0] == "MemAvailable:" && long.TryParse(words[1], CultureInfo.InvariantCulture, out long kilobytes))
            {
                machine = kilobytes * 1024;
            }
        }

        long? limit = Number("memory.max");
        long? used = Number("memory.current");
        long? group = limit is null || used is null ? null : Math.Max(0, limit.Value - used.Value + Reclaimable());
        return machine is { } a && group is { } b ? Math.Min(a, b) : machine ?? group;
    }

    // File pages that a group holds are given back before anybody runs short.
    private long Reclaimable()
    {
        foreach (string line in Lines(Path.Combine(options.GroupDirectory, "memory.stat")))
        {
            string[] words = line.Split(' ');
            if (words.Length == 2 && words[0] == "inactive_file" && long.TryParse(words[1], CultureInfo.InvariantCulture, out long bytes))
            {
                return bytes;
            }
        }

        return 0;
    }

    private long? Number(string file) =>
        Lines(Path.Combine(options.GroupDirectory, file)) is [var line, ..] && long.TryParse(line, CultureInfo.InvariantCulture, out long number) ? number : null;

    private static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
