namespace Recording.Grains.Tracks;

/// <summary>
/// How long segments stay open in this silo. The interval stretches by a quarter each second while Puts are more frequent than wanted or wait
/// too long for a slot, and shrinks by a tenth when both are well below; so many tracks or a slow store mean fewer, larger Puts.
/// </summary>
internal sealed class SegmentPace(TrackOptions options, TimeProvider time)
{
    private const double Stretch = 1.25;
    private const double Shrink = 0.9;
    private const double Calm = 0.6;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private long _periodStart = time.GetTimestamp();
    private int _puts;
    private TimeSpan _longestWait;
    private TimeSpan _interval = options.SegmentInterval;

    /// <summary>Age at which a segment is cut now.</summary>
    public TimeSpan Interval
    {
        get
        {
            lock (_lock)
            {
                return _interval;
            }
        }
    }

    /// <summary>A Put got its slot.</summary>
    /// <param name="wait">How long it had to wait for it.</param>
    public void Record(TimeSpan wait)
    {
        lock (_lock)
        {
            _puts++;
            _longestWait = wait > _longestWait ? wait : _longestWait;
            TimeSpan elapsed = time.GetElapsedTime(_periodStart);
            if (elapsed >= Period)
            {
                Adapt(_puts / elapsed.TotalSeconds);
                _periodStart = time.GetTimestamp();
                _puts = 0;
                _longestWait = TimeSpan.Zero;
            }
        }
    }

    private void Adapt(double putsPerSecond)
    {
        if (putsPerSecond > options.TargetPutsPerSecond || _longestWait > options.TargetQueueWait)
        {
            _interval *= Stretch;
        }
        else if (putsPerSecond < options.TargetPutsPerSecond * Calm && _longestWait < options.TargetQueueWait * Calm)
        {
            _interval *= Shrink;
        }

        TimeSpan longest = options.MaxSegmentInterval > options.SegmentInterval ? options.MaxSegmentInterval : options.SegmentInterval;
        _interval = _interval < options.SegmentInterval ? options.SegmentInterval : _interval > longest ? longest : _interval;
    }
}
