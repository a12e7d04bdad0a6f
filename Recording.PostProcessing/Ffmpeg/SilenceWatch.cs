namespace Recording.PostProcessing.Ffmpeg;

/// <summary>
/// Tells a tool that works without a word from one that hangs. ffprobe says nothing while it counts, ffmpeg nothing while it moves the index of an MP4 to the front:
/// whoever reads or writes is alive, and whoever computes is for a while.
/// </summary>
/// <param name="limit">How long a tool may give no sign.</param>
/// <param name="time">Measures it.</param>
internal sealed class SilenceWatch(TimeSpan limit, TimeProvider time)
{
    /// <summary>Looks in the time of one limit.</summary>
    public const int LooksALimit = 6;

    // Who only computes for so many limits goes round in circles.
    private const int LimitsOfThought = 10;

    // A thread that wakes up now and then is no work.
    private const double LeastCpu = 0.02;

    private readonly Lock _lock = new();
    private long _sign = time.GetTimestamp();
    private long _deed = time.GetTimestamp();
    private long _look = time.GetTimestamp();
    private ToolActivity? _known;

    /// <summary>It said something.</summary>
    public void Heard()
    {
        lock (_lock)
        {
            _sign = _deed = time.GetTimestamp();
        }
    }

    /// <summary>Takes what it has done so far; true when it hangs.</summary>
    /// <param name="activity">Null = not known.</param>
    public bool Hangs(ToolActivity? activity)
    {
        lock (_lock)
        {
            long now = time.GetTimestamp();
            if (activity is { } done && _known is { } before)
            {
                if (done.Bytes != before.Bytes)
                {
                    _sign = _deed = now;
                }
                else if ((done.Ticks - before.Ticks) / 100.0 >= LeastCpu * time.GetElapsedTime(_look, now).TotalSeconds && time.GetElapsedTime(_deed, now) < LimitsOfThought * limit)
                {
                    _sign = now;
                }
            }

            _known = activity;
            _look = now;
            return time.GetElapsedTime(_sign, now) >= limit;
        }
    }
}
