using System.Text;
using FsCheck.Xunit;
using Recording.Media.TrackFiles;

namespace Recording.Media.Tests.TrackFiles;

public sealed class BlockTests
{
    [Theory]
    // RFC 3720 B.4, in the byte order of the iSCSI examples read little endian, and the check value of CRC catalogues.
    [InlineData("123456789", 0xE3069283u)]
    [InlineData("", 0u)]
    public void Crc_has_the_check_value(string text, uint expected) => Assert.Equal(expected, Crc32C.Compute(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Crc_matches_the_vectors_of_the_rfc()
    {
        Assert.Equal(0x8A9136AAu, Crc32C.Compute(new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Compute(Enumerable.Repeat((byte)0xFF, 32).ToArray()));
        Assert.Equal(0x46DD794Eu, Crc32C.Compute(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()));
    }

    [Property]
    public bool Crc_of_parts_is_the_crc_of_the_whole(byte[] first, byte[] second) =>
        Crc32C.Append(Crc32C.Compute(first), second) == Crc32C.Compute([.. first, .. second]);

    [Property]
    public bool Varint_survives_writing_and_reading(ulong value)
    {
        byte[] data = new byte[Varint.MaxLength];
        int length = Varint.Write(data, value);
        int offset = 0;
        return Varint.TryRead(data.AsSpan(0, length), ref offset, out ulong read) && read == value && offset == length;
    }

    [Property]
    public bool Zigzag_survives_and_keeps_small_magnitudes_small(long value) =>
        Varint.FromZigZag(Varint.ToZigZag(value)) == value
        && (Math.Abs((decimal)value) > 63 || Varint.ToZigZag(value) < 128);

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    public void Zigzag_survives_at_the_ends(long value) => Assert.Equal(value, Varint.FromZigZag(Varint.ToZigZag(value)));

    [Theory]
    [InlineData("80")]
    [InlineData("ffffffffffffffffffff01")]
    [InlineData("")]
    // Ten bytes, but more than 64 bits.
    [InlineData("ffffffffffffffffff02")]
    public void Bad_varint_is_refused(string hex)
    {
        int offset = 0;
        Assert.False(Varint.TryRead(Convert.FromHexString(hex), ref offset, out _));
    }

    [Property]
    public bool Block_survives_writing_and_reading(byte kind, byte flags, int count, ulong epoch, ulong first, long time, long received, byte[] payload)
    {
        var header = new BlockHeader((BlockKind)kind, (BlockFlags)flags, payload.Length, count & int.MaxValue, epoch, first, time, received);
        byte[] data = new byte[header.BlockLength];
        return Block.Write(data, header, payload) == data.Length
            && Block.TryRead(data, out BlockHeader read, out ReadOnlySpan<byte> found)
            && read == header
            && found.SequenceEqual(payload);
    }

    [Fact]
    public void Every_flipped_bit_and_every_cut_of_a_block_is_seen()
    {
        byte[] block = TrackBytes.Data(5, 3);
        for (int bit = 0; bit < block.Length * 8; bit++)
        {
            byte[] broken = [.. block];
            broken[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(Block.TryRead(broken, out _, out _), $"bit {bit}");
        }

        for (int length = 0; length < block.Length; length++)
        {
            Assert.False(Block.TryRead(block.AsSpan(0, length), out _, out _), $"length {length}");
        }
    }

    [Fact]
    public void Payload_over_the_limit_is_damage()
    {
        var header = new BlockHeader(BlockKind.Data, BlockFlags.None, BlockHeader.MaxPayloadLength + 1, 0, 1, 1, 0, 0);
        byte[] data = new byte[BlockHeader.Size];
        header.Write(data);

        Assert.False(BlockHeader.TryRead(data, out _));

        (header with { PayloadLength = BlockHeader.MaxPayloadLength }).Write(data);
        Assert.True(BlockHeader.TryRead(data, out _));
    }

    [Fact]
    public void Entries_keep_time_order_and_bytes()
    {
        var writer = new DataPayloadWriter();
        Assert.True(writer.TryAdd(1_000_000, [1, 2]));
        Assert.True(writer.TryAdd(999_000, []));
        Assert.True(writer.TryAdd(1_000_500, [3]));

        Assert.Equal(1_000_000, writer.BaseTimeUs);
        Assert.Equal(3, writer.Count);
        var reader = new DataPayloadReader(writer.Payload, writer.BaseTimeUs);
        var seen = new List<(long, string)>();
        while (reader.Read())
        {
            seen.Add((reader.TimeUs, Convert.ToHexString(reader.Packet)));
        }

        Assert.False(reader.IsDamaged);
        Assert.Equal([(1_000_000, "0102"), (999_000, ""), (1_000_500, "03")], seen);
    }

    [Fact]
    public void Writer_takes_the_largest_packet_alone_and_refuses_what_does_not_fit()
    {
        var writer = new DataPayloadWriter();
        Assert.True(writer.TryAdd(0, new byte[DataPayloadWriter.MaxPayloadLength - 16]));
        Assert.False(writer.TryAdd(0, new byte[100]));
        Assert.Equal(1, writer.Count);

        writer.Clear();
        Assert.True(writer.Payload.IsEmpty);
        Assert.True(writer.TryAdd(5, [1]));
        Assert.Equal(5, writer.BaseTimeUs);
    }

    [Property]
    public bool Payload_reader_ends_on_any_bytes(byte[] payload)
    {
        var reader = new DataPayloadReader(payload, 0);
        int count = 0;
        while (reader.Read())
        {
            count++;
        }

        return count <= payload.Length && (reader.IsDamaged || reader.Offset == payload.Length);
    }
}
