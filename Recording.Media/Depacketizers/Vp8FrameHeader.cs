using System.Buffers.Binary;

namespace Recording.Media.Depacketizers;

/// <summary>The uncompressed data at the start of a VP8 frame (RFC 6386, 9.1; RFC 7741, 4.3).</summary>
/// <param name="IsKeyframe">Decoding can start here.</param>
/// <param name="IsVisible">The frame is meant to be shown.</param>
/// <param name="FirstPartitionSize">Bytes of the first partition.</param>
/// <param name="Width">Pixels; 0 unless a key frame.</param>
/// <param name="Height">Pixels; 0 unless a key frame.</param>
public readonly record struct Vp8FrameHeader(bool IsKeyframe, bool IsVisible, int FirstPartitionSize, int Width, int Height)
{
    //  0 1 2 3 4 5 6 7
    // +-+-+-+-+-+-+-+-+
    // |Size0|H| VER |P|
    // +-+-+-+-+-+-+-+-+
    // |     Size1     |
    // +-+-+-+-+-+-+-+-+
    // |     Size2     |     then, in a key frame (P = 0): 9d 01 2a, 2 bits scale + 14 bits width, the same for height, little endian
    // +-+-+-+-+-+-+-+-+
    private const int InterframeMask = 0x01;
    private const int ShowMask = 0x10;
    private const int FirstPartitionShift = 5;
    private const int SizeMask = 0x3FFF;

    /// <summary>Bytes before the first partition of an inter frame.</summary>
    public const int InterframeSize = 3;

    /// <summary>Bytes before the first partition of a key frame.</summary>
    public const int KeyframeSize = 10;

    /// <summary>Reads the header; false when the bytes end inside it or a key frame's start code or size is wrong.</summary>
    public static bool TryParse(ReadOnlySpan<byte> frame, out Vp8FrameHeader header)
    {
        header = default;
        if (frame.Length < InterframeSize)
        {
            return false;
        }

        int tag = frame[0] | (frame[1] << 8) | (frame[2] << 16);
        bool isKeyframe = (tag & InterframeMask) == 0;
        int width = 0;
        int height = 0;
        if (isKeyframe)
        {
            if (frame.Length < KeyframeSize || !frame.Slice(InterframeSize, 3).SequenceEqual<byte>([0x9D, 0x01, 0x2A]))
            {
                return false;
            }

            width = BinaryPrimitives.ReadUInt16LittleEndian(frame[6..]) & SizeMask;
            height = BinaryPrimitives.ReadUInt16LittleEndian(frame[8..]) & SizeMask;
            if (width == 0 || height == 0)
            {
                return false;
            }
        }

        header = new Vp8FrameHeader(isKeyframe, (tag & ShowMask) != 0, tag >> FirstPartitionShift, width, height);
        return true;
    }

    /// <summary>The frame is at least as long as its first partition.</summary>
    public bool Fits(int frameLength) => (IsKeyframe ? KeyframeSize : InterframeSize) + FirstPartitionSize <= frameLength;
}
