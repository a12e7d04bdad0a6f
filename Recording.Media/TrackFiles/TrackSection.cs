using System.Buffers.Binary;
using Google.Protobuf;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.TrackFiles;

/// <summary>The start of a section: magic, length, <see cref="TrackHeader"/>, CRC-32C over all before it.</summary>
public static class TrackSection
{
    /// <summary>The version that this code writes.</summary>
    public const uint FileVersion = 1;

    /// <summary>Bytes before the header message: magic and length.</summary>
    public const int PrefixSize = 12;

    /// <summary>Bytes of the checksum behind the header message.</summary>
    public const int TrailerSize = 4;

    /// <summary>A longer header message is damage, not data.</summary>
    public const int MaxHeaderLength = 1 << 20;

    /// <summary>The eight bytes that start a section.</summary>
    public static ReadOnlySpan<byte> Magic => "RTPTRK1\n"u8;

    /// <summary>The whole section start for a header.</summary>
    public static byte[] Encode(TrackHeader header)
    {
        ArgumentNullException.ThrowIfNull(header);
        return Encode(header.ToByteArray());
    }

    /// <summary>The whole section start for a header that is protobuf already.</summary>
    public static byte[] Encode(ReadOnlySpan<byte> header)
    {
        byte[] section = new byte[PrefixSize + header.Length + TrailerSize];
        Magic.CopyTo(section);
        BinaryPrimitives.WriteInt32LittleEndian(section.AsSpan(8), header.Length);
        header.CopyTo(section.AsSpan(PrefixSize));
        int checksumOffset = PrefixSize + header.Length;
        BinaryPrimitives.WriteUInt32LittleEndian(section.AsSpan(checksumOffset), Crc32C.Compute(section.AsSpan(0, checksumOffset)));
        return section;
    }

    /// <summary>Reads the length of the header message at the front of <paramref name="source"/>; false when the magic or length is wrong or bytes are missing.</summary>
    public static bool TryReadPrefix(ReadOnlySpan<byte> source, out int headerLength)
    {
        headerLength = 0;
        if (source.Length < PrefixSize || !source.StartsWith(Magic))
        {
            return false;
        }

        headerLength = BinaryPrimitives.ReadInt32LittleEndian(source[8..]);
        return headerLength is >= 0 and <= MaxHeaderLength;
    }

    /// <summary>Reads the section start at the front of <paramref name="source"/>; false when it is cut short, damaged or no protobuf.</summary>
    /// <param name="source">Bytes from the magic on.</param>
    /// <param name="header">What it says.</param>
    /// <param name="length">Bytes up to the first block.</param>
    public static bool TryDecode(ReadOnlySpan<byte> source, out TrackHeader? header, out int length)
    {
        header = null;
        length = 0;
        if (!TryReadPrefix(source, out int headerLength) || source.Length < PrefixSize + headerLength + TrailerSize)
        {
            return false;
        }

        int checksumOffset = PrefixSize + headerLength;
        if (BinaryPrimitives.ReadUInt32LittleEndian(source[checksumOffset..]) != Crc32C.Compute(source[..checksumOffset]))
        {
            return false;
        }

        try
        {
            header = TrackHeader.Parser.ParseFrom(source.Slice(PrefixSize, headerLength));
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }

        header.Format ??= new TrackFormat();
        length = checksumOffset + TrailerSize;
        return true;
    }
}
