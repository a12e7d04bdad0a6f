namespace Recording.Model.Documents;

/// <summary>A hole in a track.</summary>
public sealed record GapSection
{
    /// <summary>ms since the timeline's origin; null = not known.</summary>
    public long? T { get; init; }

    /// <summary>How long; null = not known.</summary>
    public long? DurationMs { get; init; }

    /// <summary>Session that numbered the packets, decimal (a JSON number would lose digits); null = not known.</summary>
    public string? Epoch { get; init; }

    /// <summary>First missing index; null = not known.</summary>
    public ulong? FirstIndex { get; init; }

    /// <summary>Last missing index; null = not known.</summary>
    public ulong? LastIndex { get; init; }

    /// <summary>link, ring, spool, lost, missing (a stored piece vanished) or damaged.</summary>
    public required string Reason { get; init; }
}
