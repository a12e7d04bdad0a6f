namespace Recording.Media.Captures.Import;

/// <summary>What packets of a payload type are for.</summary>
internal enum StreamRole
{
    /// <summary>Nothing says what they are.</summary>
    Undescribed,

    /// <summary>Media, or signals on its source.</summary>
    Media,

    /// <summary>Retransmissions on a source of their own (RFC 4588).</summary>
    Retransmission,

    /// <summary>Forward error correction on a source of its own.</summary>
    Protection,
}
