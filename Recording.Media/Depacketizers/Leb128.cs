namespace Recording.Media.Depacketizers;

/// <summary>Little-endian base 128 numbers of AV1 (AV1 bitstream specification, 4.10.5).</summary>
public static class Leb128
{
    private const int MaxLength = 8;

    /// <summary>Reads a number that fits an int; false when it does not, or when the bytes end in it.</summary>
    public static bool TryRead(ReadOnlySpan<byte> data, out int value, out int length)
    {
        long read = 0;
        for (length = 0; length < MaxLength && length < data.Length; length++)
        {
            read |= (long)(data[length] & 0x7F) << (7 * length);
            if ((data[length] & 0x80) == 0)
            {
                length++;
                value = (int)Math.Min(read, int.MaxValue);
                return read <= int.MaxValue;
            }
        }

        value = 0;
        return false;
    }

    /// <summary>Writes a number and returns how many bytes it took, at most 5.</summary>
    public static int Write(int value, Span<byte> destination)
    {
        int length = 0;
        uint rest = (uint)value;
        while (rest >= 0x80)
        {
            destination[length++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        destination[length++] = (byte)rest;
        return length;
    }
}
