namespace Recording.PostProcessing.Report;

/// <summary>Packets that never came. A burst is a run of sequence numbers without one that came.</summary>
public sealed record LossFigures
{
    /// <summary>How many.</summary>
    public long Bursts { get; init; }

    /// <summary>Packets of the longest.</summary>
    public long Longest { get; init; }

    /// <summary>How many bursts of which length.</summary>
    public IReadOnlyList<BurstLengths> Lengths { get; init => field = value ?? []; } = [];

    /// <summary>The first 500, in order of time.</summary>
    public IReadOnlyList<LossBurst> List { get; init => field = value ?? []; } = [];
}
