using System.Buffers;
using System.Buffers.Binary;

namespace Recording.Media.TrackFiles;

/// <summary>Frames a payload as a block: header, payload, checksum.</summary>
public static class Block
{
    /// <summary>Appends one block to <paramref name="output"/>; the header's payload length is taken from the payload.</summary>
    public static void Write(IBufferWriter<byte> output, BlockHeader header, ReadOnlySpan<byte> payload)
    {
        header = header with { PayloadLength = payload.Length };
        Span<byte> span = output.GetSpan(header.BlockLength);
        Write(span, header, payload);
        output.Advance(header.BlockLength);
    }

    /// <summary>Writes one block to the front of <paramref name="destination"/> and returns its length.</summary>
    public static int Write(Span<byte> destination, BlockHeader header, ReadOnlySpan<byte> payload)
    {
        header = header with { PayloadLength = payload.Length };
        header.Write(destination);
        payload.CopyTo(destination[BlockHeader.Size..]);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[(BlockHeader.Size + payload.Length)..], Crc32C.Compute(payload));
        return header.BlockLength;
    }

    /// <summary>Reads the block at the front of <paramref name="source"/>; false when it is cut short or a checksum is wrong.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out BlockHeader header, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        if (!BlockHeader.TryRead(source, out header) || source.Length < header.BlockLength)
        {
            return false;
        }

        payload = source.Slice(BlockHeader.Size, header.PayloadLength);
        return BinaryPrimitives.ReadUInt32LittleEndian(source[(BlockHeader.Size + header.PayloadLength)..]) == Crc32C.Compute(payload);
    }
}
