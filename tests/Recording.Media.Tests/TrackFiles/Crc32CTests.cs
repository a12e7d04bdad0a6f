using System.Numerics;
using System.Text;
using Recording.Media.TrackFiles;

namespace Recording.Media.Tests.TrackFiles;

public class Crc32CTests
{
    [Theory]
    [InlineData("", 0u)]
    [InlineData("123456789", 0xE3069283u)]
    public void Known_answers_come_out(string text, uint expected) => Assert.Equal(expected, Crc32C.Compute(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Every_length_around_the_lanes_is_as_byte_by_byte()
    {
        byte[] data = new byte[5000];
        new Random(7).NextBytes(data);
        for (int length = 0; length <= data.Length; length += length is > 1500 and < 1580 ? 1 : 37)
        {
            Assert.Equal(ByteByByte(data.AsSpan(0, length)), Crc32C.Compute(data.AsSpan(0, length)));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1536)]
    [InlineData(2000)]
    [InlineData(4096)]
    public void A_checksum_is_continued_from_anywhere(int cut)
    {
        byte[] data = new byte[4096];
        new Random(8).NextBytes(data);
        Assert.Equal(Crc32C.Compute(data), Crc32C.Append(Crc32C.Compute(data.AsSpan(0, cut)), data.AsSpan(cut)));
    }

    private static uint ByteByByte(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in data)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return ~crc;
    }
}
