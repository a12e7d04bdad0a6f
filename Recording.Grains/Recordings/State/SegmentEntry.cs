namespace Recording.Grains.Recordings.State;

/// <summary>One segment of a sealed track.</summary>
public sealed record SegmentEntry
{
    /// <summary>Last element of its key; says epoch, range and activation.</summary>
    public required string Name { get; init; }

    /// <summary>Bytes when it was listed.</summary>
    public required long Size { get; init; }

    /// <summary>It does not pass its checksums: only its sound blocks are taken.</summary>
    public bool IsDamaged { get; init; }
}
