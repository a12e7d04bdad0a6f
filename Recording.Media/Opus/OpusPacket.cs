namespace Recording.Media.Opus;

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
    private const int MaxFrame = 1275;

    // SILK and hybrid come before, table 2.
    private const int FirstCeltConfiguration = 16;
    private const int SamplesPerSilkFrame = 960;

    /// <summary>Playing time in samples at 48 kHz.</summary>
    public int Samples => FrameCount * SamplesPerFrame;

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
        return frames > 0 && packet.Samples <= MaxSamples && TryFrames(payload, frames, out _);
    }

    /// <summary>
    /// Whether the packet also holds the speech of the one before it, at a lower bit rate (in-band FEC; RFC 6716, 2.1.7 and 4.2.4), so that a decoder could make
    /// up for that one's loss. What SDP says (useinbandfec; RFC 7587, 6.1) is no more than what a receiver can use.
    /// </summary>
    public static bool HasInbandFec(ReadOnlySpan<byte> payload)
    {
        // A frame of no or one byte is DTX.
        if (!TryParse(payload, out OpusPacket packet) || packet.Configuration >= FirstCeltConfiguration
            || !TryFrames(payload, packet.FrameCount, out ReadOnlySpan<byte> frame) || frame.Length < 2)
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

    // RFC 6716, 3.2 and 3.4: false when the lengths do not fit.
    private static bool TryFrames(ReadOnlySpan<byte> payload, int frames, out ReadOnlySpan<byte> first) => (payload[0] & CodeMask) switch
    {
        0 or 1 => TryDivide(payload[1..], frames, out first),
        2 => TryDivideByLengths(payload[1..], frames, padding: 0, out first),
        _ => TryCounted(payload, frames, out first),
    };

    // R6, R7: padding and lengths come before the frames.
    private static bool TryCounted(ReadOnlySpan<byte> payload, int frames, out ReadOnlySpan<byte> first)
    {
        first = default;
        int offset = 2;
        int padding = 0;
        for (bool more = (payload[1] & HasPadding) != 0; more; offset++)
        {
            if (offset >= payload.Length)
            {
                return false;
            }

            // 255 stands for 254 bytes and another length.
            more = payload[offset] == byte.MaxValue;
            padding += more ? 254 : payload[offset];
        }

        ReadOnlySpan<byte> rest = payload[offset..];
        return (payload[1] & VariableLengths) != 0
            ? TryDivideByLengths(rest, frames, padding, out first)
            : padding <= rest.Length && TryDivide(rest[..^padding], frames, out first);
    }

    // R2, R3, R6: frames of one length.
    private static bool TryDivide(ReadOnlySpan<byte> rest, int frames, out ReadOnlySpan<byte> first)
    {
        first = rest[..(rest.Length / frames)];
        return rest.Length % frames == 0 && first.Length <= MaxFrame;
    }

    // R4, R7: each frame but the last has its length, of one byte or two.
    private static bool TryDivideByLengths(ReadOnlySpan<byte> rest, int frames, int padding, out ReadOnlySpan<byte> first)
    {
        first = default;
        int offset = 0;
        int coded = 0;
        int firstLength = 0;
        for (int i = 1; i < frames; i++)
        {
            int bytes = offset < rest.Length && rest[offset] > LongestOneByteLength ? 2 : 1;
            if (offset + bytes > rest.Length)
            {
                return false;
            }

            int length = bytes == 1 ? rest[offset] : rest[offset] + (4 * rest[offset + 1]);
            firstLength = i == 1 ? length : firstLength;
            coded += length;
            offset += bytes;
        }

        int last = rest.Length - offset - coded - padding;
        if (last is < 0 or > MaxFrame)
        {
            return false;
        }

        first = rest.Slice(offset, frames == 1 ? last : firstLength);
        return true;
    }

    // RFC 6716, table 2: SILK 10, 20, 40, 60 ms; hybrid 10, 20 ms; CELT 2.5, 5, 10, 20 ms.
    private static int SamplesOf(int configuration) => configuration switch
    {
        < 12 => (configuration & 3) == 3 ? 2880 : 480 << (configuration & 3),
        < 16 => 480 << (configuration & 1),
        _ => 120 << (configuration & 3),
    };
}
