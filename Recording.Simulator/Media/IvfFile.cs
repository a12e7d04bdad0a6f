using System.Buffers.Binary;
using Recording.Model;

namespace Recording.Simulator.Media;

/// <summary>Reads IVF, the plain container that FFmpeg writes VP8 into: a 32-byte header, then 12 bytes before each frame.</summary>
public static class IvfFile
{
    private const int FrameHeaderSize = 12;

    /// <summary>The frames of a whole file, in order. Throws 1003 when it is not IVF or cut short.</summary>
    public static IReadOnlyList<byte[]> Read(ReadOnlySpan<byte> file)
    {
        if (file.Length < 32 || !file.StartsWith("DKIF"u8))
        {
            throw new RecordingException(RecordingErrorCode.ProtocolViolation, "not an IVF file");
        }

        var frames = new List<byte[]>();
        int offset = BinaryPrimitives.ReadUInt16LittleEndian(file[6..]);
        while (offset + FrameHeaderSize <= file.Length)
        {
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(file[offset..]);
            offset += FrameHeaderSize;
            if (length > (uint)(file.Length - offset))
            {
                throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"IVF frame of {length} bytes at {offset}, {file.Length - offset} left");
            }

            frames.Add(file.Slice(offset, (int)length).ToArray());
            offset += (int)length;
        }

        return frames;
    }

    /// <summary>RFC 6386 section 9.1: bit 0 of a VP8 frame is 0 for a key frame.</summary>
    public static bool IsVp8Keyframe(ReadOnlySpan<byte> frame) => frame.Length > 0 && (frame[0] & 1) == 0;
}
