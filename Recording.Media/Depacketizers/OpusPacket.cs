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

    /// <summary>Playing time in samples at 48 kHz.</summary>
    public int Samples => FrameCount * SamplesPerFrame;

    /// <summary>Reads the table-of-contents byte; false for an empty packet, no frames, or over 120 ms (RFC 6716, 3.4: R1, R5).</summary>
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
        return frames > 0 && packet.Samples <= MaxSamples;
    }

    // RFC 6716, table 2: SILK 10, 20, 40, 60 ms; hybrid 10, 20 ms; CELT 2.5, 5, 10, 20 ms.
    private static int SamplesOf(int configuration) => configuration switch
    {
        < 12 => (configuration & 3) == 3 ? 2880 : 480 << (configuration & 3),
        < 16 => 480 << (configuration & 1),
        _ => 120 << (configuration & 3),
    };
}
