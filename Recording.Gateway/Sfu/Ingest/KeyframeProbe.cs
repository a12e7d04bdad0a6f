namespace Recording.Gateway.Sfu.Ingest;

/// <summary>Tells whether an RTP payload begins a key frame, for the codecs where a few bits say so. Only asked while a key frame is waited for.</summary>
internal static class KeyframeProbe
{
    public static bool IsKeyframe(string codec, ReadOnlySpan<byte> payload) => codec switch
    {
        "vp8" => IsVp8(payload),
        "vp9" => IsVp9(payload),
        "h264" => IsH264(payload),
        "h265" => IsH265(payload),
        "av1" => payload.Length > 0 && (payload[0] & 0x08) != 0, // N: first packet of a coded video sequence
        _ => false,
    };

    // RFC 7741 4.2: |X|R|N|S|R|PID|, optional X bytes, then the frame header whose lowest bit is 0 in a key frame.
    private static bool IsVp8(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 2 || (payload[0] & 0x10) == 0 || (payload[0] & 0x07) != 0)
        {
            return false;
        }

        int offset = 1;
        if ((payload[0] & 0x80) != 0)
        {
            byte extensions = payload[offset++];
            if ((extensions & 0x80) != 0)
            {
                if (offset >= payload.Length)
                {
                    return false;
                }

                offset += (payload[offset] & 0x80) != 0 ? 2 : 1;
            }

            offset += (extensions & 0x40) != 0 ? 1 : 0;
            offset += (extensions & 0x30) != 0 ? 1 : 0;
        }

        return offset < payload.Length && (payload[offset] & 0x01) == 0;
    }

    // RFC 9628 4.2: |I|P|L|F|B|E|V|Z|; not predicted, start of frame.
    private static bool IsVp9(ReadOnlySpan<byte> payload) => payload.Length > 0 && (payload[0] & 0x48) == 0x08;

    // RFC 6184 5.2: IDR or SPS alone, first in a STAP-A, or at the start of a FU-A.
    private static bool IsH264(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 2)
        {
            return false;
        }

        return (payload[0] & 0x1F) switch
        {
            5 or 7 => true,
            24 => payload.Length > 3 && (payload[3] & 0x1F) is 5 or 7,
            28 => (payload[1] & 0x80) != 0 && (payload[1] & 0x1F) is 5 or 7,
            _ => false,
        };
    }

    // RFC 7798 4.4: IRAP pictures (16..21) and parameter sets (32..34), alone, in an AP (48) or at the start of a FU (49).
    private static bool IsH265(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 5)
        {
            return false;
        }

        int type = (payload[0] >> 1) & 0x3F;
        if (type == 48)
        {
            type = (payload[4] >> 1) & 0x3F;
        }
        else if (type == 49)
        {
            type = (payload[2] & 0x80) != 0 ? payload[2] & 0x3F : 0;
        }

        return type is (>= 16 and <= 21) or (>= 32 and <= 34);
    }
}
