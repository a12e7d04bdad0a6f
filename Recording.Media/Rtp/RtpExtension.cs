namespace Recording.Media.Rtp;

/// <summary>One element of an RTP header extension (RFC 8285).</summary>
public readonly ref struct RtpExtension
{
    internal RtpExtension(int id, ReadOnlySpan<byte> value)
    {
        Id = id;
        Value = value;
    }

    /// <summary>The number that the track's format maps to a URI.</summary>
    public int Id { get; }

    /// <summary>The element's bytes.</summary>
    public ReadOnlySpan<byte> Value { get; }
}
