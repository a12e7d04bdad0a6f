namespace Recording.Grains.Abstractions.Recordings;

/// <summary>A track for whoever looks at it; the figures are final once <see cref="Sha256"/> is there.</summary>
[GenerateSerializer, Immutable, Alias("recording.TrackView")]
public sealed record TrackView
{
    /// <summary>The track.</summary>
    [Id(0)] public required string TrackId { get; init; }

    /// <summary>Normalised peer id of its participant.</summary>
    [Id(1)] public required string PeerId { get; init; }

    /// <summary>audio or video.</summary>
    [Id(2)] public required string Kind { get; init; }

    /// <summary>mic, camera or screenshare.</summary>
    [Id(3)] public string TrackType { get; init; } = "";

    /// <summary>opus, vp8, ...</summary>
    [Id(4)] public string Codec { get; init; } = "";

    /// <summary>Relative to the prefix.</summary>
    [Id(5)] public string File { get; init; } = "";

    /// <summary>Packets stored.</summary>
    [Id(6)] public long Packets { get; init; }

    /// <summary>Bytes of the file.</summary>
    [Id(7)] public long Bytes { get; init; }

    /// <summary>Packets lost before us.</summary>
    [Id(8)] public long Lost { get; init; }

    /// <summary>Of the file; empty = not assembled yet.</summary>
    [Id(9)] public string Sha256 { get; init; } = "";
}
