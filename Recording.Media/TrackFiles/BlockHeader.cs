using System.Buffers.Binary;

namespace Recording.Media.TrackFiles;

/// <summary>The fixed 52 bytes before each block's payload, little endian, with a checksum of their own.</summary>
/// <param name="Kind">What the payload is.</param>
/// <param name="Flags">See <see cref="BlockFlags"/>.</param>
/// <param name="PayloadLength">Bytes, at most <see cref="MaxPayloadLength"/>; the payload's CRC-32C follows it.</param>
/// <param name="PacketCount">Entries of a data block; 0 otherwise.</param>
/// <param name="Epoch">Session of the SFU that numbered the packets.</param>
/// <param name="FirstIndex">Index of the first entry, from 1.</param>
/// <param name="BaseTimeUs">Microseconds since 1970, SFU clock.</param>
/// <param name="ReceivedTimeUs">Microseconds since 1970, gateway clock.</param>
public readonly record struct BlockHeader(
    BlockKind Kind,
    BlockFlags Flags,
    int PayloadLength,
    int PacketCount,
    ulong Epoch,
    ulong FirstIndex,
    long BaseTimeUs,
    long ReceivedTimeUs)
{
    /// <summary>Bytes of an encoded header.</summary>
    public const int Size = 52;

    /// <summary>Bytes of the checksum behind the payload.</summary>
    public const int TrailerSize = 4;

    /// <summary>A longer payload is damage, not data.</summary>
    public const int MaxPayloadLength = 4 << 20;

    private const int ChecksumOffset = Size - 4;

    /// <summary>The four bytes that start a block.</summary>
    public static ReadOnlySpan<byte> Magic => "RBLK"u8;

    /// <summary>Header, payload and checksum, in bytes.</summary>
    public int BlockLength => Size + PayloadLength + TrailerSize;

    /// <summary>Index after the last entry.</summary>
    public ulong EndIndex => FirstIndex + (ulong)PacketCount;

    /// <summary>Writes the header and its checksum to the first <see cref="Size"/> bytes.</summary>
    public void Write(Span<byte> destination)
    {
        Magic.CopyTo(destination);
        destination[4] = (byte)Kind;
        destination[5] = (byte)Flags;
        BinaryPrimitives.WriteUInt16LittleEndian(destination[6..], 0);
        BinaryPrimitives.WriteInt32LittleEndian(destination[8..], PayloadLength);
        BinaryPrimitives.WriteInt32LittleEndian(destination[12..], PacketCount);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], FirstIndex);
        BinaryPrimitives.WriteInt64LittleEndian(destination[32..], BaseTimeUs);
        BinaryPrimitives.WriteInt64LittleEndian(destination[40..], ReceivedTimeUs);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[ChecksumOffset..], Crc32C.Compute(destination[..ChecksumOffset]));
    }

    /// <summary>Reads a header in which one bit is wrong, which the checksum tells (CRC-32C finds any one of so few bits); false when it is sound, or worse.</summary>
    public static bool TryCorrect(ReadOnlySpan<byte> source, out BlockHeader header)
    {
        header = default;
        if (source.Length < Size)
        {
            return false;
        }

        Span<byte> copy = stackalloc byte[Size];
        source[..Size].CopyTo(copy);
        for (int bit = 0; bit < Size * 8; bit++)
        {
            copy[bit / 8] ^= (byte)(1 << (bit % 8));
            if (TryRead(copy, out header))
            {
                return true;
            }

            copy[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        return false;
    }

    /// <summary>Reads a header; false when the bytes are too few, the magic or checksum is wrong, or a length is out of range.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out BlockHeader header)
    {
        header = default;
        if (source.Length < Size
            || !source.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(source[ChecksumOffset..]) != Crc32C.Compute(source[..ChecksumOffset]))
        {
            return false;
        }

        int payloadLength = BinaryPrimitives.ReadInt32LittleEndian(source[8..]);
        int packetCount = BinaryPrimitives.ReadInt32LittleEndian(source[12..]);
        if (payloadLength is < 0 or > MaxPayloadLength || packetCount < 0)
        {
            return false;
        }

        header = new BlockHeader(
            (BlockKind)source[4],
            (BlockFlags)source[5],
            payloadLength,
            packetCount,
            BinaryPrimitives.ReadUInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[40..]));
        return true;
    }
}
