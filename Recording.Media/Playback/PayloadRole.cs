namespace Recording.Media.Playback;

/// <summary>What the packets of a payload type are for.</summary>
internal enum PayloadRole
{
    /// <summary>Not named, or signals, repair or silence.</summary>
    None,

    /// <summary>Sound or pictures.</summary>
    Media,

    /// <summary>RTX (RFC 4588).</summary>
    Retransmission,

    /// <summary>RED (RFC 2198).</summary>
    Redundancy,
}
