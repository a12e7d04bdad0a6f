namespace Recording.Media.Rtp;

/// <summary>Telling RTCP from RTP on one flow.</summary>
public static class Rtcp
{
    private const int CommonHeaderLength = 4;
    private const int FirstPacketType = 192;
    private const int LastPacketType = 223;

    /// <summary>Whether the bytes are RTCP and not RTP: version 2 and a second byte of 192 to 223 (RFC 5761 section 4).</summary>
    public static bool IsRtcp(ReadOnlySpan<byte> data) =>
        data.Length >= CommonHeaderLength && data[0] >> 6 == 2 && data[1] is >= FirstPacketType and <= LastPacketType;
}
