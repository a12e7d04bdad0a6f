namespace Recording.Media.Depacketizers;

/// <summary>What the first bytes of an Opus packet say (RFC 6716, 3.1 and 3.2).</summary>
/// <param name="Configuration">Mode, bandwidth and frame size, 0 to 31.</param>
/// <param name="IsStereo">The packet codes two channels.</param>
/// <param name="FrameCount">Opus frames in the packet, 1 to 48.</param>
/// <param name="SamplesPerFrame">At 48 kHz: 120 to 2880.</param>
public readonly record struct OpusPacket(int Configuration, bool IsStereo, int FrameCount, int SamplesPerFrame)
{
    /// <summary>The longest packet: 120 ms at 48 kHz.</summary>
    public const int MaxSamples = 5760;

    /// <summary>The longest packet in bytes: 48 frames of 1275 bytes and what describes them.</summary>
    public const int MaxLength = (48 * 1275) + 97;

    // RFC 6716, 3.1:
    //  0 1 2 3 4 5 6 7
    // +-+-+-+-+-+-+-+-+
    // | config  |s| c |
    // +-+-+-+-+-+-+-+-+
    private const int ConfigurationShift = 3;
    private const int StereoMask = 0x04;
    private const int CodeMask = 0x03;

    // RFC 6716, 3.2.5, the byte after a TOC with c = 3:
    //  0 1 2 3 4 5 6 7
    // +-+-+-+-+-+-+-+-+
    // |v|p|     M     |
    // +-+-+-+-+-+-+-+-+
    private const int FrameCountMask = 0x3F;

    private const int VariableLengths = 0x80;
    private const int HasPadding = 0x40;

    // RFC 6716, 3.2.1: a length of one byte up to 251, else 4 times a second byte more.
    private const int LongestOneByteLength = 251;

    // SILK and hybrid come before, table 2.
    private const int FirstCeltConfiguration = 16;
    private const int SamplesPerSilkFrame = 960;

    /// <summary>Playing time in samples at 48 kHz.</summary>
    public int Samples => FrameCount * SamplesPerFrame;

    private const int VariableMask = 0x80;
    private const int PaddingMask = 0x40;
    private const int MaxFrame = 1275;

    /// <summary>Reads the table-of-contents byte and the lengths behind it; false for a packet that no decoder takes (RFC 6716, 3.4: R1 to R7).</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, out OpusPacket packet)
    {
        packet = default;
        if (payload.IsEmpty || payload.Length > MaxLength)
        {
            return false;
        }

        int configuration = payload[0] >> ConfigurationShift;
        int frames = (payload[0] & CodeMask) switch
        {
            0 => 1,
            1 or 2 => 2,
            _ => payload.Length > 1 ? payload[1] & FrameCountMask : 0,
        };
        int samples = SamplesOf(configuration);
        packet = new OpusPacket(configuration, (payload[0] & StereoMask) != 0, frames, samples);
        return frames > 0 && packet.Samples <= MaxSamples && (payload[0] & CodeMask) switch
        {
            0 => payload.Length - 1 <= MaxFrame,
            1 => IsDivided(payload.Length - 1, 2),
            2 => FitVariable(payload[1..], 2, 0),
            _ => FitCounted(payload, frames),
        };
    }

    // R6, R7: padding and lengths come before the frames.
    private static bool FitCounted(ReadOnlySpan<byte> payload, int frames)
    {
        int offset = 2;
        int padding = 0;
        for (bool more = (payload[1] & PaddingMask) != 0; more; offset++)
        {
            if (offset >= payload.Length)
            {
                return false;
            }

            // 255 stands for 254 bytes and another length.
            more = payload[offset] == byte.MaxValue;
            padding += more ? 254 : payload[offset];
        }

        return (payload[1] & VariableMask) != 0
            ? FitVariable(payload[offset..], frames, padding)
            : payload.Length - offset - padding is >= 0 and int left && IsDivided(left, frames);
    }

    // R2, R3, R6: frames of one length.
    private static bool IsDivided(int length, int frames) => length % frames == 0 && length / frames <= MaxFrame;

    // R4, R7: each frame but the last has its length, of one byte or two (3.2.1).
    private static bool FitVariable(ReadOnlySpan<byte> rest, int frames, int padding)
    {
        int offset = 0;
        int coded = 0;
        for (int i = 1; i < frames; i++)
        {
            if (offset >= rest.Length)
            {
                return false;
            }

            int length = rest[offset++];
            if (length >= 252)
            {
                if (offset >= rest.Length)
                {
                    return false;
                }

                length += 4 * rest[offset++];
            }

            coded += length;
        }

        return rest.Length - offset - coded - padding is >= 0 and <= MaxFrame;
    }

    /// <summary>
    /// Whether the packet also holds the speech of the one before it, at a lower bit rate (in-band FEC; RFC 6716, 2.1.7 and 4.2.4), so that a decoder could make
    /// up for that one's loss. What SDP says (useinbandfec; RFC 7587, 6.1) is no more than what a receiver can use.
    /// </summary>
    public static bool HasInbandFec(ReadOnlySpan<byte> payload)
    {
        if (!TryParse(payload, out OpusPacket packet) || packet.Configuration >= FirstCeltConfiguration)
        {
            return false;
        }

        // A frame of no or one byte is DTX.
        ReadOnlySpan<byte> frame = FirstFrame(payload, packet.FrameCount);
        if (frame.Length < 2)
        {
            return false;
        }

        // RFC 6716, 4.2.3, of each channel, mid before side, as many VAD flags as SILK frames of 20 ms, coded so that they are plain bits:
        //  0 1 2 3 4 5 6 7
        // +-+-+-+-+-+-+-+-+
        // |V|F|V|F|  ...  |   20 ms, stereo: F = LBRR
        // +-+-+-+-+-+-+-+-+
        int silkFrames = Math.Max(1, packet.SamplesPerFrame / SamplesPerSilkFrame);
        int flags = 0x80 >> silkFrames;
        return (frame[0] & (packet.IsStereo ? flags | (flags >> (silkFrames + 1)) : flags)) != 0;
    }

    // RFC 6716, 3.2; empty when the lengths do not fit.
    private static ReadOnlySpan<byte> FirstFrame(ReadOnlySpan<byte> payload, int frames)
    {
        ReadOnlySpan<byte> rest = payload[1..];
        int code = payload[0] & CodeMask;
        if (code < 2)
        {
            return rest[..(rest.Length / frames)];
        }

        bool isVariable = code == 2;
        if (code == 3)
        {
            isVariable = (rest[0] & VariableLengths) != 0;
            bool isPadded = (rest[0] & HasPadding) != 0;
            rest = rest[1..];
            for (int last = byte.MaxValue; isPadded && last == byte.MaxValue;)
            {
                if (rest.IsEmpty)
                {
                    return default;
                }

                last = rest[0];
                int padding = last == byte.MaxValue ? last - 1 : last;
                if (padding >= rest.Length)
                {
                    return default;
                }

                rest = rest[1..^padding];
            }
        }

        if (!isVariable)
        {
            return rest[..(rest.Length / frames)];
        }

        int first = -1;
        for (int i = 1; i < frames; i++)
        {
            int bytes = !rest.IsEmpty && rest[0] > LongestOneByteLength ? 2 : 1;
            if (rest.Length < bytes)
            {
                return default;
            }

            int length = bytes == 1 ? rest[0] : rest[0] + (4 * rest[1]);
            first = first < 0 ? length : first;
            rest = rest[bytes..];
        }

        // One frame of variable length has no length of its own.
        first = first < 0 ? rest.Length : first;
        return first > rest.Length ? default : rest[..first];
    }

    // RFC 6716, table 2: SILK 10, 20, 40, 60 ms; hybrid 10, 20 ms; CELT 2.5, 5, 10, 20 ms.
    private static int SamplesOf(int configuration) => configuration switch
    {
        < 12 => (configuration & 3) == 3 ? 2880 : 480 << (configuration & 3),
        < 16 => 480 << (configuration & 1),
        _ => 120 << (configuration & 3),
    };
}
