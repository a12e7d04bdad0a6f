namespace Recording.Simulator.Sfu;

/// <summary>The SFU's clock: µs since 1970, running on the monotonic clock so that it never steps back.</summary>
public sealed class SfuClock
{
    private readonly TimeProvider _time;
    private readonly long _startUs;
    private readonly long _startTimestamp;

    /// <summary>Takes the wall time once.</summary>
    public SfuClock(TimeProvider time)
    {
        _time = time;
        _startUs = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        _startTimestamp = time.GetTimestamp();
    }

    /// <summary>Now, in µs since 1970.</summary>
    public long NowUs => _startUs + (_time.GetElapsedTime(_startTimestamp).Ticks / TimeSpan.TicksPerMicrosecond);
}
