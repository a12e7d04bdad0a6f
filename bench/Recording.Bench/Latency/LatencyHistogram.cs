namespace Recording.Bench.Latency;

/// <summary>Counts packets by the whole milliseconds until they were stored. Thread-safe.</summary>
internal sealed class LatencyHistogram
{
    private const int MaxMilliseconds = 120_000;

    private readonly long[] _counts = new long[MaxMilliseconds + 1];
    private readonly Lock _gate = new();
    private long _total;

    /// <summary>Adds packets that took equally long.</summary>
    public void Add(TimeSpan latency, long packets)
    {
        lock (_gate)
        {
            _counts[Math.Clamp((int)latency.TotalMilliseconds, 0, MaxMilliseconds)] += packets;
            _total += packets;
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            Array.Clear(_counts);
            _total = 0;
        }
    }

    /// <summary>Milliseconds within which a share of the packets was stored.</summary>
    /// <param name="share">0 to 1.</param>
    public int Percentile(double share)
    {
        lock (_gate)
        {
            long wanted = (long)Math.Ceiling(_total * share);
            long seen = 0;
            for (int ms = 0; ms <= MaxMilliseconds; ms++)
            {
                seen += _counts[ms];
                if (seen >= wanted)
                {
                    return ms;
                }
            }

            return MaxMilliseconds;
        }
    }
}
