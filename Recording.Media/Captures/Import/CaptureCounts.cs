namespace Recording.Media.Captures.Import;

/// <summary>What captures hold, in datagrams unless said otherwise.</summary>
public sealed record CaptureCounts
{
    /// <summary>RTP packets.</summary>
    public long Rtp { get; internal set; }

    /// <summary>RTCP compounds.</summary>
    public long Rtcp { get; internal set; }

    /// <summary>STUN messages and TURN channel data.</summary>
    public long Stun { get; internal set; }

    /// <summary>DTLS records.</summary>
    public long Dtls { get; internal set; }

    /// <summary>Anything else.</summary>
    public long Other { get; internal set; }

    /// <summary>Version 2 like RTP, but with a header that does not fit.</summary>
    public long Malformed { get; internal set; }

    /// <summary>Records that are not UDP over IP.</summary>
    public long NotUdp { get; internal set; }

    /// <summary>Records of which only the front was captured.</summary>
    public long Cut { get; internal set; }

    /// <summary>Fragmented datagrams that are not whole.</summary>
    public long Incomplete { get; internal set; }

    /// <summary>Records of a link type that is not known.</summary>
    public long UnknownLinks { get; internal set; }

    /// <summary>Damaged stretches that were passed over.</summary>
    public long Damaged { get; internal set; }

    /// <summary>RTP packets of sources beyond the limit.</summary>
    public long BeyondLimit { get; internal set; }
}
