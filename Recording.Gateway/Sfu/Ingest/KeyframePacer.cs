namespace Recording.Gateway.Sfu.Ingest;

/// <summary>
/// When to ask for a key frame of one video track: at the beginning and after a resume each second until one is seen, at most ten times; after a
/// gap still open after a second, at most every two; and every so often per SSRC, because a render chunk has to start somewhere. Times in ms. Not thread-safe.
/// </summary>
internal sealed class KeyframePacer(long intervalMs)
{
    private const int MaxAttempts = 10;
    private const int MaxSources = 32;
    private const long AttemptMs = 1000;
    private const long OpenGapMs = 1000;
    private const long GapRequestMs = 2000;

    // A larger jump is a source that began anew, not loss.
    private const int MaxGap = 3000;

    private readonly List<Source> _sources = [];
    private Source? _last;
    private int _attempts;
    private long _nextAttempt;
    private long _nextGapRequest;

    /// <summary>A key frame is wanted: look for one in what comes.</summary>
    public bool IsWaiting => _attempts > 0;

    /// <summary>The track was subscribed or resumed.</summary>
    public void Begin(long nowMs)
    {
        _attempts = MaxAttempts;
        _nextAttempt = nowMs;
    }

    /// <summary>A key frame came.</summary>
    public void OnKeyframe() => _attempts = 0;

    /// <summary>A packet came.</summary>
    public void OnPacket(uint ssrc, ushort sequence, long nowMs)
    {
        Source source = _last is { } last && last.Ssrc == ssrc ? last : Find(ssrc, sequence, nowMs);
        int step = (short)(sequence - source.Sequence);
        if (step > 0)
        {
            if (step > 1 && step < MaxGap)
            {
                source.Missing += step - 1;
                source.GapSince = source.GapSince == 0 ? nowMs : source.GapSince;
            }

            source.Sequence = sequence;
        }
        else if (step > -MaxGap)
        {
            if (source.Missing > 0 && --source.Missing == 0)
            {
                source.GapSince = 0;
            }
        }
        else
        {
            source.Sequence = sequence;
            source.Missing = 0;
            source.GapSince = 0;
        }
    }

    /// <summary>Takes the next request that is due; false = none.</summary>
    /// <param name="nowMs">Now.</param>
    /// <param name="ssrc">Of which encoding; 0 = of every one.</param>
    public bool TryTake(long nowMs, out uint ssrc)
    {
        ssrc = 0;
        if (_attempts > 0 && nowMs >= _nextAttempt)
        {
            _attempts--;
            _nextAttempt = nowMs + AttemptMs;
            return true;
        }

        foreach (Source source in _sources)
        {
            if (source.GapSince != 0 && nowMs - source.GapSince >= OpenGapMs && nowMs >= _nextGapRequest)
            {
                source.Missing = 0;
                source.GapSince = 0;
                _nextGapRequest = nowMs + GapRequestMs;
                source.NextPeriodic = nowMs + intervalMs;
                ssrc = source.Ssrc;
                return true;
            }

            if (intervalMs > 0 && nowMs >= source.NextPeriodic)
            {
                source.NextPeriodic = nowMs + intervalMs;
                ssrc = source.Ssrc;
                return true;
            }
        }

        return false;
    }

    private Source Find(uint ssrc, ushort sequence, long nowMs)
    {
        Source? source = _sources.Find(s => s.Ssrc == ssrc);
        if (source is null)
        {
            source = new Source(ssrc) { Sequence = (ushort)(sequence - 1), NextPeriodic = nowMs + intervalMs };
            if (_sources.Count == MaxSources)
            {
                _sources.RemoveAt(0);
            }

            _sources.Add(source);
        }

        _last = source;
        return source;
    }

    private sealed class Source(uint ssrc)
    {
        public uint Ssrc => ssrc;

        public ushort Sequence { get; set; }

        public int Missing { get; set; }

        public long GapSince { get; set; }

        public long NextPeriodic { get; set; }
    }
}
