using System.Buffers.Binary;

namespace Recording.Media.TrackFiles;

/// <summary>The last 16 bytes of a complete track file: where its index block lies.</summary>
public static class TrackFooter
{
    /// <summary>Bytes of a footer.</summary>
    public const int Size = 16;

    private const int MagicOffset = 8;

    /// <summary>The last eight bytes of a complete file.</summary>
    public static ReadOnlySpan<byte> Magic => "RTPTRKIX"u8;

    /// <summary>Writes the footer to the first <see cref="Size"/> bytes.</summary>
    public static void Write(Span<byte> destination, ulong indexOffset)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, indexOffset);
        Magic.CopyTo(destination[MagicOffset..]);
    }

    /// <summary>Reads the footer at the front of <paramref name="source"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out ulong indexOffset)
    {
        indexOffset = 0;
        if (source.Length < Size || !source[MagicOffset..].StartsWith(Magic))
        {
            return false;
        }

        indexOffset = BinaryPrimitives.ReadUInt64LittleEndian(source);
        return true;
    }
}
