namespace Recording.Media.Depacketizers;

/// <summary>What is needed of an AV1 sequence header OBU (AV1 bitstream specification, 5.5).</summary>
/// <param name="Profile">seq_profile, 0 to 2.</param>
/// <param name="Level">seq_level_idx of the first operating point.</param>
/// <param name="Tier">seq_tier of the first operating point.</param>
/// <param name="ColorBits">The seven bits of av1C from high_bitdepth to chroma_sample_position, most significant first.</param>
/// <param name="Width">max_frame_width, pixels.</param>
/// <param name="Height">max_frame_height, pixels.</param>
internal readonly record struct Av1SequenceHeader(int Profile, int Level, int Tier, int ColorBits, int Width, int Height)
{
    private const int SelectByTools = 2;

    /// <summary>Reads the payload of a sequence header OBU, without OBU header and size.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, out Av1SequenceHeader sequence)
    {
        BitReader bits = new(payload);
        int profile = (int)bits.Bits(3);
        bits.Skip(1); // still_picture
        bool reduced = bits.Flag();
        int level = 0;
        int tier = 0;
        if (reduced)
        {
            level = (int)bits.Bits(5);
        }
        else
        {
            ReadOperatingPoints(ref bits, out level, out tier);
        }

        int widthBits = (int)bits.Bits(4) + 1;
        int heightBits = (int)bits.Bits(4) + 1;
        int width = (int)bits.Bits(widthBits) + 1;
        int height = (int)bits.Bits(heightBits) + 1;
        if (!reduced && bits.Flag())
        {
            bits.Skip(7); // frame id lengths
        }

        bits.Skip(3); // use_128x128_superblock, enable_filter_intra, enable_intra_edge_filter
        if (!reduced)
        {
            ReadTools(ref bits);
        }

        bits.Skip(3); // enable_superres, enable_cdef, enable_restoration
        int color = ReadColor(ref bits, profile);
        sequence = new Av1SequenceHeader(profile, level, tier, color, width, height);
        return !bits.Overran && profile <= 2;
    }

    /// <summary>av1C (AV1 in ISOBMFF, 2.3): marker and version, profile and level, tier and colour, no presentation delay; then the sequence header OBU.</summary>
    /// <param name="obu">The OBU with its header and size.</param>
    public byte[] ToConfiguration(ReadOnlySpan<byte> obu) =>
        [0x81, (byte)((Profile << 5) | Level), (byte)((Tier << 7) | ColorBits), 0, .. obu];

    private static void ReadOperatingPoints(ref BitReader bits, out int level, out int tier)
    {
        level = 0;
        tier = 0;
        bool hasDecoderModel = false;
        int delayBits = 0;
        if (bits.Flag())
        {
            bits.Skip(64); // num_units_in_display_tick, time_scale
            if (bits.Flag())
            {
                bits.Ue(); // num_ticks_per_picture_minus_1: uvlc has the form of ue(v)
            }

            hasDecoderModel = bits.Flag();
            if (hasDecoderModel)
            {
                delayBits = (int)bits.Bits(5) + 1;
                bits.Skip(42); // num_units_in_decoding_tick, lengths of removal and presentation times
            }
        }

        bool hasInitialDelay = bits.Flag();
        int points = (int)bits.Bits(5) + 1;
        for (int i = 0; i < points && !bits.Overran; i++)
        {
            bits.Skip(12); // operating_point_idc
            int pointLevel = (int)bits.Bits(5);
            int pointTier = pointLevel > 7 ? (int)bits.Bits(1) : 0;
            if (hasDecoderModel && bits.Flag())
            {
                bits.Skip((2 * delayBits) + 1);
            }

            if (hasInitialDelay && bits.Flag())
            {
                bits.Skip(4);
            }

            (level, tier) = i == 0 ? (pointLevel, pointTier) : (level, tier);
        }
    }

    private static void ReadTools(ref BitReader bits)
    {
        bits.Skip(4); // interintra, masked, warped, dual filter
        bool hasOrderHint = bits.Flag();
        bits.Skip(hasOrderHint ? 2 : 0); // joint compound, reference mvs
        uint screenContent = bits.Flag() ? SelectByTools : bits.Bits(1);
        if (screenContent > 0 && !bits.Flag())
        {
            bits.Skip(1); // seq_force_integer_mv
        }

        bits.Skip(hasOrderHint ? 3 : 0); // order_hint_bits
    }

    // high_bitdepth, twelve_bit, monochrome, subsampling x and y, chroma_sample_position (2 bits): 5.5.2.
    private static int ReadColor(ref BitReader bits, int profile)
    {
        const int Srgb = 13;
        const int Bt709 = 1;
        bool high = bits.Flag();
        bool twelve = profile == 2 && high && bits.Flag();
        bool mono = profile != 1 && bits.Flag();
        (uint Primaries, uint Transfer, uint Matrix) description = (2, 2, 2);
        if (bits.Flag())
        {
            description = (bits.Bits(8), bits.Bits(8), bits.Bits(8));
        }

        bool subX = true;
        bool subY = true;
        uint position = 0;
        if (mono)
        {
            bits.Skip(1);
        }
        else if (description is (Bt709, Srgb, 0))
        {
            (subX, subY) = (false, false);
        }
        else
        {
            bits.Skip(1); // color_range
            if (profile == 1)
            {
                (subX, subY) = (false, false);
            }
            else if (profile == 2)
            {
                subX = !twelve || bits.Flag();
                subY = twelve && subX && bits.Flag();
            }

            position = subX && subY ? bits.Bits(2) : 0;
        }

        return ((high ? 1 : 0) << 6) | ((twelve ? 1 : 0) << 5) | ((mono ? 1 : 0) << 4) | ((subX ? 1 : 0) << 3) | ((subY ? 1 : 0) << 2) | (int)position;
    }
}
