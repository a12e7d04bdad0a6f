namespace Recording.Media.Rtp;

/// <summary>Why bytes are not an RTP packet (RFC 3550 5.1).</summary>
public enum RtpDefect
{
    /// <summary>A sound packet.</summary>
    None,

    /// <summary>Fewer than the 12 bytes of the fixed header.</summary>
    TooShort,

    /// <summary>The version is not 2.</summary>
    BadVersion,

    /// <summary>The bytes end inside the CSRC list.</summary>
    TruncatedCsrcs,

    /// <summary>The bytes end inside the header extension.</summary>
    TruncatedExtension,

    /// <summary>The padding count is 0 or reaches into the header.</summary>
    BadPadding,
}
