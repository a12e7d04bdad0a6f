namespace Recording.PostProcessing.Report;

/// <summary>Bursts of like length.</summary>
public sealed record BurstLengths
{
    /// <summary>Packets, at least.</summary>
    public required int From { get; init; }

    /// <summary>Packets, at most; null = no limit.</summary>
    public int? To { get; init; }

    /// <summary>Bursts.</summary>
    public required long Count { get; init; }
}
