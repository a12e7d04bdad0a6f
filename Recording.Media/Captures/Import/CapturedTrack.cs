using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Captures.Import;

/// <summary>Sources of a capture that become one track.</summary>
public sealed record CapturedTrack
{
    /// <summary>audio or video.</summary>
    public required string Kind { get; init; }

    /// <summary>Lower case; of the media, not of RTX or RED around it.</summary>
    public required string Codec { get; init; }

    /// <summary>Whether the SDP says that it shows a screen.</summary>
    public bool IsScreenshare { get; init; }

    /// <summary>Tracks with the same owner belong to one participant.</summary>
    public required string Owner { get; init; }

    /// <summary>Canonical name of the sender (RFC 3550 6.5.1); may be empty.</summary>
    public string Cname { get; init; } = "";

    /// <summary>Media stream id of the SDP; may be empty.</summary>
    public string Stream { get; init; } = "";

    /// <summary>What the file says about it; may be empty.</summary>
    public string Label { get; init; } = "";

    /// <summary>The media is encrypted from end to end.</summary>
    public bool IsEncrypted { get; init; }

    /// <summary>Payload types, encodings, header extensions.</summary>
    public required TrackFormat Format { get; init; }

    /// <summary>Media sources: one, or the simulcast layers when they were joined.</summary>
    public required IReadOnlyList<uint> Ssrcs { get; init; }

    /// <summary>Sources that repeat or protect them.</summary>
    public required IReadOnlyList<uint> RepairSsrcs { get; init; }

    /// <summary>First packet of the media sources, µs since 1970.</summary>
    public required long FirstUs { get; init; }

    /// <summary>Last packet of the media sources, µs since 1970.</summary>
    public required long LastUs { get; init; }
}
