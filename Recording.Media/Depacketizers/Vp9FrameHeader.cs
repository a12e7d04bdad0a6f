namespace Recording.Media.Depacketizers;

/// <summary>What the uncompressed header of a VP9 frame says (VP9 bitstream specification, 6.2 and 7.2).</summary>
/// <param name="IsKeyframe">Decoding can start here.</param>
/// <param name="IsShown">The frame is meant to be shown.</param>
/// <param name="ShowsExisting">It only shows a picture that was decoded before.</param>
/// <param name="Width">Pixels; 0 for a frame that shows another.</param>
/// <param name="Height">Pixels; 0 for a frame that shows another.</param>
/// <param name="RefreshFlags">Reference slots that the frame fills, one bit each.</param>
/// <param name="HiddenBitAt">Where the bit intra_only would stand, were the frame hidden; 0 = it stands already, or never does.</param>
/// <param name="BitLength">Bits of the header without its trailing zeros.</param>
internal readonly record struct Vp9FrameHeader(
    bool IsKeyframe, bool IsShown, bool ShowsExisting, int Width, int Height, int RefreshFlags, int HiddenBitAt, int BitLength)
{
    //  0 1 2 3 4 5 6 7
    // +-+-+-+-+-+-+-+-+
    // |1 0|L|H|E|F|S|R|   L, H profile bits (11: one reserved bit follows); E show_existing_frame; F frame_type, 0 = key frame; S show_frame; R error_resilient_mode
    // +-+-+-+-+-+-+-+-+
    private const int FrameMarker = 2;
    private const int SyncCode = 0x498342;
    private const int RgbColorSpace = 7;
    private const int AllSlots = 0xFF;
    private const int ReferencesPerFrame = 3;
    private const int MinTileWidthB64 = 4;
    private const int MaxTileWidthB64 = 64;
    private static readonly int[] _segmentFeatureBits = [8, 6, 2, 0];

    /// <summary>Reads the header.</summary>
    /// <param name="frame">The frame from its first byte.</param>
    /// <param name="slots">Sizes of the eight reference slots as width and height; a frame may take its size from one.</param>
    /// <param name="header">What it says.</param>
    public static bool TryParse(ReadOnlySpan<byte> frame, ReadOnlySpan<(int Width, int Height)> slots, out Vp9FrameHeader header)
    {
        header = default;
        BitReader bits = new(frame);
        if (bits.Bits(2) != FrameMarker)
        {
            return false;
        }

        int profile = (int)(bits.Bits(1) | (bits.Bits(1) << 1));
        if (profile == 3)
        {
            bits.Skip(1);
        }

        if (bits.Flag())
        {
            bits.Skip(3);
            header = new Vp9FrameHeader(false, true, true, 0, 0, 0, 0, bits.Position);
            return !bits.Overran;
        }

        bool isKeyframe = !bits.Flag();
        bool isShown = bits.Flag();
        bool isResilient = bits.Flag();
        int hiddenBitAt = isShown && !isKeyframe ? bits.Position : 0;
        int refresh = AllSlots;
        (int Width, int Height) size;
        if (isKeyframe)
        {
            if (bits.Bits(24) != SyncCode)
            {
                return false;
            }

            ReadColor(ref bits, profile);
            size = ReadSize(ref bits);
            ReadRenderSize(ref bits);
        }
        else
        {
            bool isIntraOnly = !isShown && bits.Flag();
            bits.Skip(isResilient ? 0 : 2);
            if (isIntraOnly)
            {
                if (bits.Bits(24) != SyncCode)
                {
                    return false;
                }

                if (profile > 0)
                {
                    ReadColor(ref bits, profile);
                }

                refresh = (int)bits.Bits(8);
                size = ReadSize(ref bits);
                ReadRenderSize(ref bits);
            }
            else
            {
                refresh = (int)bits.Bits(8);
                size = ReadSizeWithReferences(ref bits, slots);
                bits.Skip(1); // allow_high_precision_mv
                bits.Skip(bits.Flag() ? 0 : 2); // interpolation filter
            }
        }

        bits.Skip(isResilient ? 2 : 4); // refresh_frame_context, frame_parallel_decoding_mode; frame_context_idx
        ReadLoopFilter(ref bits);
        ReadQuantization(ref bits);
        ReadSegmentation(ref bits);
        ReadTiles(ref bits, size.Width);
        uint compressedHeaderSize = bits.Bits(16);
        header = new Vp9FrameHeader(isKeyframe, isShown, false, size.Width, size.Height, refresh, hiddenBitAt, bits.Position);
        return !bits.Overran && size.Width > 0 && compressedHeaderSize > 0;
    }

    /// <summary>
    /// Writes the frame so that it is decoded and not shown. A layer below the one to be shown says of itself that it is shown, which libvpx overlooks
    /// in favour of the last frame of a superframe, and every other decoder does not. A hidden frame that is no key frame has one more bit (intra_only).
    /// </summary>
    public bool TryHide(ReadOnlySpan<byte> frame, FrameBuffer output)
    {
        if (!IsShown)
        {
            return output.TryAppend(frame);
        }

        const int ShowBit = 0x02;
        const int Profile3ShowBit = 0x01;
        byte first = (byte)(frame[0] & ~((frame[0] & 0x30) == 0x30 ? Profile3ShowBit : ShowBit));
        if (HiddenBitAt == 0)
        {
            return output.TryAppend([first]) && output.TryAppend(frame[1..]);
        }

        int headerLength = (BitLength + 7) / 8;
        Span<byte> header = stackalloc byte[(BitLength + 8) / 8];
        header.Clear();
        BitReader bits = new(frame);
        for (int i = 0; i < BitLength; i++)
        {
            int to = i < HiddenBitAt ? i : i + 1;
            header[to >> 3] |= (byte)(bits.Bits(1) << (7 - (to & 7)));
        }

        header[0] = first;
        return output.TryAppend(header) && output.TryAppend(frame[headerLength..]);
    }

    private static void ReadColor(ref BitReader bits, int profile)
    {
        bits.Skip(profile >= 2 ? 1 : 0);
        if (bits.Bits(3) == RgbColorSpace)
        {
            bits.Skip(profile is 1 or 3 ? 1 : 0);
        }
        else
        {
            bits.Skip(profile is 1 or 3 ? 4 : 1);
        }
    }

    private static (int Width, int Height) ReadSize(ref BitReader bits) => ((int)bits.Bits(16) + 1, (int)bits.Bits(16) + 1);

    private static void ReadRenderSize(ref BitReader bits) => bits.Skip(bits.Flag() ? 32 : 0);

    private static (int Width, int Height) ReadSizeWithReferences(ref BitReader bits, ReadOnlySpan<(int Width, int Height)> slots)
    {
        Span<int> indexes = stackalloc int[ReferencesPerFrame];
        foreach (ref int index in indexes)
        {
            index = (int)bits.Bits(3);
            bits.Skip(1); // sign bias
        }

        (int Width, int Height)? size = null;
        foreach (int index in indexes)
        {
            if (bits.Flag())
            {
                size = slots[index];
                break;
            }
        }

        (int Width, int Height) found = size ?? ReadSize(ref bits);
        ReadRenderSize(ref bits);
        return found;
    }

    private static void ReadLoopFilter(ref BitReader bits)
    {
        bits.Skip(9); // level, sharpness
        if (bits.Flag() && bits.Flag())
        {
            for (int i = 0; i < 6; i++)
            {
                bits.Skip(bits.Flag() ? 7 : 0);
            }
        }
    }

    private static void ReadQuantization(ref BitReader bits)
    {
        bits.Skip(8);
        for (int i = 0; i < 3; i++)
        {
            bits.Skip(bits.Flag() ? 5 : 0);
        }
    }

    private static void ReadSegmentation(ref BitReader bits)
    {
        if (!bits.Flag())
        {
            return;
        }

        if (bits.Flag())
        {
            for (int i = 0; i < 7; i++)
            {
                bits.Skip(bits.Flag() ? 8 : 0);
            }

            bool isTemporal = bits.Flag();
            for (int i = 0; i < 3 && isTemporal; i++)
            {
                bits.Skip(bits.Flag() ? 8 : 0);
            }
        }

        if (bits.Flag())
        {
            bits.Skip(1);
            for (int i = 0; i < 32; i++)
            {
                if (bits.Flag())
                {
                    bits.Skip(_segmentFeatureBits[i & 3] + ((i & 3) < 2 ? 1 : 0));
                }
            }
        }
    }

    private static void ReadTiles(ref BitReader bits, int width)
    {
        int columns = (width + 63) / 64;
        int log2 = 0;
        while ((MaxTileWidthB64 << log2) < columns)
        {
            log2++;
        }

        int max = 1;
        while ((columns >> max) >= MinTileWidthB64)
        {
            max++;
        }

        while (log2 < max - 1 && bits.Flag())
        {
            log2++;
        }

        bits.Skip(bits.Flag() ? 1 : 0);
    }
}
