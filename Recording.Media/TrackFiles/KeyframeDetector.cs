using Recording.Media.Rtp;

namespace Recording.Media.TrackFiles;

/// <summary>Tells from one packet's payload whether a key frame begins in it; it keeps no state and needs no frame put together.</summary>
public static class KeyframeDetector
{
    private const int H264Idr = 5;
    private const int H264Sps = 7;
    private const int H264StapA = 24;
    private const int H264FuA = 28;
    private const int H265FirstIrap = 16;
    private const int H265LastIrap = 21;
    private const int H265FirstParameterSet = 32;
    private const int H265LastParameterSet = 34;
    private const int H265Aggregation = 48;
    private const int H265Fragment = 49;
    private const int FuStart = 0x80;

    /// <summary>Whether a key frame begins in the packet; false for audio and for codecs that are not known.</summary>
    /// <param name="codec">As in the track's format, lower case.</param>
    /// <param name="packet">A media packet.</param>
    public static bool Begins(string codec, RtpPacket packet) => codec switch
    {
        "vp8" => Vp8(packet.Payload),
        "vp9" => Vp9(packet.Payload),
        "h264" => H264(packet.Payload),
        "h265" => H265(packet.Payload),
        "av1" => Av1(packet.Payload),
        _ => false,
    };

    // RFC 7741 4.2: |X|R|N|S|R| PID |, then |I|L|T|K| RSV | when X; 4.3: the frame's first bit P is 0 for a key frame.
    private static bool Vp8(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 2 || (payload[0] & 0x17) != 0x10)
        {
            return false;
        }

        int offset = 1;
        if ((payload[0] & 0x80) != 0)
        {
            byte extension = payload[offset++];
            if ((extension & 0x80) != 0)
            {
                if (offset >= payload.Length)
                {
                    return false;
                }

                offset += (payload[offset] & 0x80) != 0 ? 2 : 1;
            }

            offset += (extension & 0x40) != 0 ? 1 : 0;
            offset += (extension & 0x30) != 0 ? 1 : 0;
        }

        return offset < payload.Length && (payload[offset] & 0x01) == 0;
    }

    // RFC 9628 4.2: |I|P|L|F|B|E|V|Z|; not predicted, begins a frame, lowest spatial layer.
    private static bool Vp9(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 2 || (payload[0] & 0x48) != 0x08)
        {
            return false;
        }

        if ((payload[0] & 0x20) == 0)
        {
            return true;
        }

        int offset = 1;
        if ((payload[0] & 0x80) != 0)
        {
            offset += (payload[offset] & 0x80) != 0 ? 2 : 1;
        }

        // |  TID  |U| SID |D|
        return offset < payload.Length && (payload[offset] & 0x0E) == 0;
    }

    // RFC 6184 5.2: parameter sets stand before their IDR picture, so either begins the key frame.
    private static bool H264(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
        {
            return false;
        }

        switch (payload[0] & 0x1F)
        {
            case H264Idr or H264Sps:
                return true;
            case H264FuA:
                return payload.Length > 1 && (payload[1] & FuStart) != 0 && (payload[1] & 0x1F) == H264Idr;
            case H264StapA:
                for (int offset = 1; offset + 2 < payload.Length;)
                {
                    int length = (payload[offset] << 8) | payload[offset + 1];
                    if ((payload[offset + 2] & 0x1F) is H264Idr or H264Sps)
                    {
                        return true;
                    }

                    offset += 2 + length;
                }

                return false;
            default:
                return false;
        }
    }

    // RFC 7798 1.1.4, 4.4.
    private static bool H265(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 3)
        {
            return false;
        }

        switch ((payload[0] >> 1) & 0x3F)
        {
            case H265Fragment:
                return (payload[2] & FuStart) != 0 && IsH265Key(payload[2] & 0x3F);
            case H265Aggregation:
                for (int offset = 2; offset + 2 < payload.Length;)
                {
                    int length = (payload[offset] << 8) | payload[offset + 1];
                    if (IsH265Key((payload[offset + 2] >> 1) & 0x3F))
                    {
                        return true;
                    }

                    offset += 2 + length;
                }

                return false;
            case int type:
                return IsH265Key(type);
        }
    }

    private static bool IsH265Key(int type) =>
        type is (>= H265FirstIrap and <= H265LastIrap) or (>= H265FirstParameterSet and <= H265LastParameterSet);

    // AV1 RTP 4.4: |Z|Y|W W|N|-|-|-|; N begins a coded video sequence.
    private static bool Av1(ReadOnlySpan<byte> payload) => payload.Length > 1 && (payload[0] & 0x88) == 0x08;
}
