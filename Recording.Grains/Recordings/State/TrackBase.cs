namespace Recording.Grains.Recordings.State;

/// <summary>A complete track file that segments are added to, which came when their predecessors were deleted already.</summary>
public sealed record TrackBase
{
    /// <summary>Relative to the prefix.</summary>
    public required string File { get; init; }

    /// <summary>Its bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Its hash, lower-case hex: other content is not taken.</summary>
    public required string Sha256 { get; init; }

    /// <summary>What it holds, as names of segments.</summary>
    public required List<SegmentEntry> Held { get; init; }
}
