namespace Recording.Gateway.Sfu.Hosting;

/// <summary>How long to wait before the next attempt: 0.2 s to 2 s with jitter in the first minute of trouble, then up to 10 s.</summary>
internal sealed class DialBackoff(TimeProvider time, Random random)
{
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_early = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_late = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_earlyPhase = TimeSpan.FromMinutes(1);

    private long _troubleSince;
    private int _attempts;

    /// <summary>The last attempt worked.</summary>
    public void Reset() => _attempts = 0;

    /// <summary>The wait after one more failed attempt.</summary>
    public TimeSpan Next()
    {
        if (_attempts++ == 0)
        {
            _troubleSince = time.GetTimestamp();
        }

        TimeSpan limit = time.GetElapsedTime(_troubleSince) < s_earlyPhase ? s_early : s_late;
        TimeSpan full = s_first * Math.Pow(2, Math.Min(_attempts - 1, 10));
        full = full < limit ? full : limit;
        TimeSpan jittered = full * (0.5 + (random.NextDouble() / 2));
        return jittered > s_first ? jittered : s_first;
    }
}
