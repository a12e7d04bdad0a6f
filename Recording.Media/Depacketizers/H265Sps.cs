namespace Recording.Media.Depacketizers;

/// <summary>What is needed of an H.265 sequence parameter set (ITU-T H.265, 7.3.2.2).</summary>
/// <param name="Id">0 to 15.</param>
/// <param name="ChromaFormat">chroma_format_idc, 0 to 3.</param>
/// <param name="LumaDepth">Bits a sample.</param>
/// <param name="ChromaDepth">Bits a sample.</param>
/// <param name="TemporalLayers">sps_max_sub_layers, 1 to 7.</param>
/// <param name="IsNested">sps_temporal_id_nesting_flag.</param>
/// <param name="Width">Pixels after cropping.</param>
/// <param name="Height">Pixels after cropping.</param>
internal readonly record struct H265Sps(
    int Id, int ChromaFormat, int LumaDepth, int ChromaDepth, int TemporalLayers, bool IsNested, int Width, int Height)
{
    /// <summary>Bytes of general_profile_tier_level: profile space, tier, profile; compatibility flags; constraint flags; level.</summary>
    public const int ProfileLength = 12;

    /// <summary>Offset of those bytes in the unescaped payload: they stand behind one byte of ids.</summary>
    public const int ProfileOffset = 1;

    private const int HeaderLength = 2;
    private const int MaxLength = 512;

    /// <summary>Reads an SPS NAL unit, its header included.</summary>
    /// <param name="nal">The NAL unit.</param>
    /// <param name="profile">Takes <see cref="ProfileLength"/> bytes.</param>
    /// <param name="sps">What it says.</param>
    public static bool TryParse(ReadOnlySpan<byte> nal, Span<byte> profile, out H265Sps sps)
    {
        sps = default;
        if (nal.Length <= HeaderLength + ProfileOffset + ProfileLength)
        {
            return false;
        }

        ReadOnlySpan<byte> payload = NalUnits.Unescape(nal[HeaderLength..], stackalloc byte[MaxLength]);
        if (payload.Length <= ProfileOffset + ProfileLength)
        {
            return false;
        }

        payload.Slice(ProfileOffset, ProfileLength).CopyTo(profile);
        BitReader bits = new(payload);
        bits.Skip(4);
        int layers = (int)bits.Bits(3) + 1;
        bool nested = bits.Flag();
        bits.Skip(ProfileLength * 8);
        SkipLayerProfiles(ref bits, layers - 1);
        uint id = bits.Ue();
        uint chroma = bits.Ue();
        bool separate = chroma == 3 && bits.Flag();
        long width = bits.Ue();
        long height = bits.Ue();
        if (bits.Flag())
        {
            int unitX = chroma is 1 or 2 && !separate ? 2 : 1;
            int unitY = chroma == 1 && !separate ? 2 : 1;
            width -= unitX * ((long)bits.Ue() + bits.Ue());
            height -= unitY * ((long)bits.Ue() + bits.Ue());
        }

        uint luma = bits.Ue() + 8;
        uint chromaDepth = bits.Ue() + 8;
        sps = new H265Sps((int)id, (int)chroma, (int)luma, (int)chromaDepth, layers, nested, (int)width, (int)height);
        return !bits.Overran && id <= 15 && chroma <= 3 && luma <= 16 && chromaDepth <= 16 && layers <= 7
            && width is > 0 and <= 65_536 && height is > 0 and <= 65_536;
    }

    private static void SkipLayerProfiles(ref BitReader bits, int layers)
    {
        Span<bool> profiles = stackalloc bool[8];
        Span<bool> levels = stackalloc bool[8];
        for (int i = 0; i < layers; i++)
        {
            profiles[i] = bits.Flag();
            levels[i] = bits.Flag();
        }

        bits.Skip(layers > 0 ? 2 * (8 - layers) : 0);
        for (int i = 0; i < layers; i++)
        {
            bits.Skip((profiles[i] ? 88 : 0) + (levels[i] ? 8 : 0));
        }
    }
}
