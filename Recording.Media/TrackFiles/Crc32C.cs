using System.Numerics;
using System.Runtime.InteropServices;

namespace Recording.Media.TrackFiles;

/// <summary>CRC-32C (Castagnoli, RFC 3720 appendix B.4) on the processor's own instruction.</summary>
public static class Crc32C
{
    // The instruction gives its result three cycles later but starts anew in each: three lanes side by side are three times as fast.
    private const int LaneWords = 64;
    private const int LaneBytes = LaneWords * sizeof(ulong);

    /// <summary>What a register becomes behind a lane of zeros, for each value of each of its four bytes.</summary>
    private static readonly uint[] s_behindLane = BehindLane();

    /// <summary>The checksum of <paramref name="data"/>.</summary>
    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>Continues a checksum: <c>Append(Compute(a), b) == Compute(a + b)</c>.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        crc = ~crc;
        while (data.Length >= 3 * LaneBytes)
        {
            crc = ThreeLanes(crc, MemoryMarshal.Cast<byte, ulong>(data[..(3 * LaneBytes)]));
            data = data[(3 * LaneBytes)..];
        }

        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(data);
        foreach (ulong word in words)
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        foreach (byte b in data[(words.Length * sizeof(ulong))..])
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return ~crc;
    }

    private static uint ThreeLanes(uint crc, ReadOnlySpan<ulong> words)
    {
        ReadOnlySpan<ulong> first = words[..LaneWords];
        ReadOnlySpan<ulong> second = words.Slice(LaneWords, LaneWords);
        ReadOnlySpan<ulong> third = words.Slice(2 * LaneWords, LaneWords);
        (uint a, uint b, uint c) = (crc, 0, 0);
        for (int i = 0; i < LaneWords; i++)
        {
            a = BitOperations.Crc32C(a, first[i]);
            b = BitOperations.Crc32C(b, second[i]);
            c = BitOperations.Crc32C(c, third[i]);
        }

        return MoveBehindLane(MoveBehindLane(a) ^ b) ^ c;
    }

    private static uint MoveBehindLane(uint register)
    {
        ReadOnlySpan<uint> table = s_behindLane;
        return table[(int)(register & 0xFF)] ^ table[256 + (int)((register >> 8) & 0xFF)] ^ table[512 + (int)((register >> 16) & 0xFF)] ^ table[768 + (int)(register >> 24)];
    }

    private static uint[] BehindLane()
    {
        uint[] table = new uint[4 * 256];
        for (int bit = 0; bit < 32; bit++)
        {
            uint register = 1u << bit;
            for (int word = 0; word < LaneWords; word++)
            {
                register = BitOperations.Crc32C(register, 0UL);
            }

            // The register is linear in its bits: every value is the sum of its bits' results.
            int place = 256 * (bit / 8);
            int value = 1 << (bit % 8);
            for (int lower = 0; lower < value; lower++)
            {
                table[place + value + lower] = table[place + lower] ^ register;
            }
        }

        return table;
    }
}
