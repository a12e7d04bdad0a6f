namespace Recording.Media.TrackFiles;

/// <summary>Base-128 varints and zigzag, as in protobuf.</summary>
public static class Varint
{
    /// <summary>The longest encoding, in bytes.</summary>
    public const int MaxLength = 10;

    /// <summary>Writes <paramref name="value"/> and returns the bytes used.</summary>
    public static int Write(Span<byte> destination, ulong value)
    {
        int length = 0;
        while (value >= 0x80)
        {
            destination[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        destination[length++] = (byte)value;
        return length;
    }

    /// <summary>Reads at <paramref name="offset"/> and moves it; false when the bytes end or the value has more than 64 bits.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, ref int offset, out ulong value)
    {
        value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            if (offset >= source.Length)
            {
                return false;
            }

            byte b = source[offset++];
            if (shift == 63 && b > 1)
            {
                return false;
            }

            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Maps small magnitudes of either sign to small numbers.</summary>
    public static ulong ToZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    /// <summary>The inverse of <see cref="ToZigZag"/>.</summary>
    public static long FromZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);
}
