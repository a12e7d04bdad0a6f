namespace Recording.PostProcessing.Report;

/// <summary>Counts bursts of lost packets by length.</summary>
internal sealed class LossBursts
{
    private const int MaxListed = 500;
    private static readonly (int From, int? To)[] _classes = [(1, 1), (2, 2), (3, 5), (6, 10), (11, 50), (51, null)];
    private readonly long[] _counts = new long[_classes.Length];
    private readonly List<LossBurst> _list = [];
    private long _longest;

    /// <summary>A run of packets that never came.</summary>
    /// <param name="t">Where the first is missing, ms since the origin.</param>
    /// <param name="durationMs">To the next packet.</param>
    /// <param name="packets">At least 1.</param>
    public void Add(long t, long durationMs, int packets)
    {
        _counts[Array.FindIndex(_classes, range => packets >= range.From && packets <= (range.To ?? int.MaxValue))]++;
        _longest = Math.Max(_longest, packets);
        if (_list.Count < MaxListed)
        {
            _list.Add(new LossBurst { T = t, DurationMs = durationMs, Packets = packets });
        }
    }

    /// <summary>What was counted.</summary>
    public LossFigures Figures() => new()
    {
        Bursts = _counts.Sum(),
        Longest = _longest,
        Lengths = [.. _classes.Select((range, i) => new BurstLengths { From = range.From, To = range.To, Count = _counts[i] })],
        List = [.. _list.OrderBy(burst => burst.T)],
    };
}
