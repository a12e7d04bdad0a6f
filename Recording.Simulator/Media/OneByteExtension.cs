namespace Recording.Simulator.Media;

/// <summary>One element of a one-byte header extension block.</summary>
/// <param name="Id">1..14.</param>
/// <param name="Value">1..16 bytes.</param>
public readonly record struct OneByteExtension(byte Id, byte[] Value)
{
    /// <summary>Id of <c>urn:ietf:params:rtp-hdrext:sdes:mid</c> in what the simulator sends.</summary>
    public const byte MidId = 1;

    /// <summary>Id of abs-send-time in what the simulator sends.</summary>
    public const byte AbsoluteSendTimeId = 3;

    /// <summary>Id of <c>urn:ietf:params:rtp-hdrext:ssrc-audio-level</c> (RFC 6464) in what the simulator sends.</summary>
    public const byte AudioLevelId = 10;

    /// <summary>URI of <see cref="MidId"/>.</summary>
    public const string MidUri = "urn:ietf:params:rtp-hdrext:sdes:mid";

    /// <summary>URI of <see cref="AbsoluteSendTimeId"/>.</summary>
    public const string AbsoluteSendTimeUri = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";

    /// <summary>URI of <see cref="AudioLevelId"/>.</summary>
    public const string AudioLevelUri = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";

    /// <summary>Seconds in 6.18 fixed point, 24 bits, wrapping every 64 s.</summary>
    public static OneByteExtension AbsoluteSendTime(long timeUs)
    {
        uint value = (uint)(((timeUs % 64_000_000) << 18) / 1_000_000) & 0xFFFFFF;
        return new OneByteExtension(AbsoluteSendTimeId, [(byte)(value >> 16), (byte)(value >> 8), (byte)value]);
    }
}
