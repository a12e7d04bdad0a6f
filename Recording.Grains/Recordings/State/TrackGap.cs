namespace Recording.Grains.Recordings.State;

/// <summary>A hole in a track.</summary>
public sealed record TrackGap
{
    /// <summary>Where, µs since 1970; 0 = not known.</summary>
    public long TimeUs { get; init; }

    /// <summary>How long, µs; 0 = not known.</summary>
    public long DurationUs { get; init; }

    /// <summary>Session that numbered the packets; null = not known.</summary>
    public ulong? Epoch { get; init; }

    /// <summary>First missing index; 0 = not known.</summary>
    public ulong FirstIndex { get; init; }

    /// <summary>Last missing index; 0 = not known.</summary>
    public ulong LastIndex { get; init; }

    /// <summary>link, ring, spool, lost, missing or damaged.</summary>
    public required string Reason { get; init; }
}
