namespace Recording.Media.Depacketizers;

/// <summary>What is needed of an H.264 sequence parameter set (ITU-T H.264, 7.3.2.1).</summary>
/// <param name="Id">0 to 31.</param>
/// <param name="Profile">profile_idc.</param>
/// <param name="ChromaFormat">chroma_format_idc, 0 to 3.</param>
/// <param name="LumaDepth">Bits a sample.</param>
/// <param name="ChromaDepth">Bits a sample.</param>
/// <param name="HasSeparatePlanes">separate_colour_plane_flag.</param>
/// <param name="FrameNumBits">Bits of frame_num, 4 to 16.</param>
/// <param name="Width">Pixels after cropping.</param>
/// <param name="Height">Pixels after cropping.</param>
public readonly record struct H264Sps(
    int Id, int Profile, int ChromaFormat, int LumaDepth, int ChromaDepth, bool HasSeparatePlanes, int FrameNumBits, int Width, int Height)
{
    private const int MaxLength = 512;

    /// <summary>Profiles whose parameter sets tell of chroma and bit depth.</summary>
    public bool IsHigh => IsHighProfile(Profile);

    /// <summary>Reads an SPS NAL unit, its header byte included.</summary>
    public static bool TryParse(ReadOnlySpan<byte> nal, out H264Sps sps)
    {
        sps = default;
        if (nal.Length < 5)
        {
            return false;
        }

        BitReader bits = new(NalUnits.Unescape(nal[1..], stackalloc byte[MaxLength]));
        int profile = (int)bits.Bits(8);
        bits.Skip(16); // constraint flags, level_idc
        uint id = bits.Ue();
        uint chroma = 1;
        uint lumaDepth = 8;
        uint chromaDepth = 8;
        bool separate = false;
        if (IsHighProfile(profile))
        {
            chroma = bits.Ue();
            separate = chroma == 3 && bits.Flag();
            lumaDepth = 8 + bits.Ue();
            chromaDepth = 8 + bits.Ue();
            bits.Skip(1);
            if (bits.Flag())
            {
                SkipScalingMatrices(ref bits, chroma == 3 ? 12 : 8);
            }
        }

        uint frameNumBits = bits.Ue() + 4;
        SkipPictureOrder(ref bits);
        bits.Ue(); // max_num_ref_frames
        bits.Skip(1);
        uint columns = bits.Ue() + 1;
        uint rows = bits.Ue() + 1;
        bool framesOnly = bits.Flag();
        bits.Skip(framesOnly ? 1 : 2);
        uint left = 0, right = 0, top = 0, bottom = 0;
        if (bits.Flag())
        {
            (left, right, top, bottom) = (bits.Ue(), bits.Ue(), bits.Ue(), bits.Ue());
        }

        if (bits.Overran || id > 31 || chroma > 3 || lumaDepth > 14 || chromaDepth > 14 || frameNumBits > 16 || columns > 1024 || rows > 1024)
        {
            return false;
        }

        // Table 6-1: crop units are chroma samples, and double rows where fields may be coded.
        int unitX = chroma is 1 or 2 && !separate ? 2 : 1;
        int unitY = (chroma == 1 && !separate ? 2 : 1) * (framesOnly ? 1 : 2);
        long width = (columns * 16) - ((long)unitX * (left + (long)right));
        long height = (rows * 16 * (framesOnly ? 1 : 2)) - ((long)unitY * (top + (long)bottom));
        sps = new H264Sps((int)id, profile, (int)chroma, (int)lumaDepth, (int)chromaDepth, separate, (int)frameNumBits, (int)width, (int)height);
        return width > 0 && height > 0;
    }

    private static bool IsHighProfile(int profile) => profile is 100 or 110 or 122 or 244 or 44 or 83 or 86 or 118 or 128 or 138 or 139 or 134 or 135;

    private static void SkipScalingMatrices(ref BitReader bits, int lists)
    {
        for (int i = 0; i < lists && !bits.Overran; i++)
        {
            if (!bits.Flag())
            {
                continue;
            }

            int last = 8;
            int next = 8;
            for (int j = 0; j < (i < 6 ? 16 : 64) && !bits.Overran; j++)
            {
                if (next != 0)
                {
                    next = (last + bits.Se() + 256) & 0xFF;
                }

                last = next == 0 ? last : next;
            }
        }
    }

    private static void SkipPictureOrder(ref BitReader bits)
    {
        uint type = bits.Ue();
        if (type == 0)
        {
            bits.Ue();
        }
        else if (type == 1)
        {
            bits.Skip(1);
            bits.Se();
            bits.Se();
            uint cycle = bits.Ue();
            for (uint i = 0; i < cycle && !bits.Overran; i++)
            {
                bits.Se();
            }
        }
    }
}
