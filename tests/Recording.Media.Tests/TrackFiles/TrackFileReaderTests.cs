using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Tests.TrackFiles;

public sealed class TrackFileReaderTests
{
    private static readonly byte[] Sound = TrackBytes.Segment(TrackBytes.Data(1, 5), TrackBytes.Skipped(6, 9), TrackBytes.Data(10, 5), TrackBytes.Data(15, 5));

    [Fact]
    public void Segments_concatenate()
    {
        (List<string> items, TrackFileReader reader) = TrackBytes.ReadAll([.. Sound, .. TrackBytes.Segment(TrackBytes.Data(20, 1))]);

        Assert.Equal(["S", "D1", "M6", "D10", "D15", "S", "D20"], items);
        Assert.Empty(reader.Damage);
        Assert.Equal("alice-audio", reader.Section!.TrackId);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public void Stream_that_cannot_seek_is_read_alike(int chunk)
    {
        (List<string> items, TrackFileReader reader) = TrackBytes.ReadAll(new OneByteStream(Sound, chunk));

        Assert.Equal(["S", "D1", "M6", "D10", "D15"], items);
        Assert.Empty(reader.Damage);
    }

    [Fact]
    public async Task Reading_asynchronously_gives_the_same_items()
    {
        var reader = new TrackFileReader(new OneByteStream(Sound, 3));
        int items = 0;
        while (await reader.ReadAsync())
        {
            items++;
        }

        Assert.Equal(5, items);
    }

    [Fact]
    public void Offsets_and_bytes_of_items_cover_the_file()
    {
        var reader = new TrackFileReader(new MemoryStream(Sound));
        var copy = new List<byte>();
        while (reader.Read())
        {
            Assert.Equal(copy.Count, reader.Offset);
            copy.AddRange(reader.Item.ToArray());
        }

        Assert.Equal(Sound, copy);
    }

    [Fact]
    public void Flipped_bit_anywhere_costs_that_item_only_and_is_reported_with_its_place()
    {
        int[] starts = Starts(Sound);
        for (int at = 0; at < Sound.Length; at++)
        {
            byte[] broken = [.. Sound];
            broken[at] ^= 0x10;

            (List<string> items, TrackFileReader reader) = TrackBytes.ReadAll(broken);

            int item = Array.FindLastIndex(starts, start => start <= at);
            List<string> expected = ["S", "D1", "M6", "D10", "D15"];
            expected.RemoveAt(item);
            Assert.True(expected.SequenceEqual(items, StringComparer.Ordinal), $"byte {at}: {string.Join(' ', items)}");
            Damage damage = Assert.Single(reader.Damage);
            int end = item + 1 < starts.Length ? starts[item + 1] : Sound.Length;
            Assert.Equal((starts[item], end - starts[item]), ((int)damage.Offset, (int)damage.Length));
        }
    }

    [Fact]
    public void File_cut_at_any_byte_reads_up_to_the_item_before()
    {
        int[] starts = Starts(Sound);
        for (int length = 0; length < Sound.Length; length++)
        {
            (List<string> items, TrackFileReader reader) = TrackBytes.ReadAll(Sound[..length]);

            int whole = starts.Count(start => start > 0 && start <= length);
            Assert.Equal(whole, items.Count);
            bool clean = length == 0 || starts.Contains(length);
            Assert.Equal(clean ? 0 : 1, reader.Damage.Count);
            if (!clean)
            {
                Assert.Equal(DamageReason.Truncated, reader.Damage[0].Reason);
            }
        }
    }

    [Fact]
    public void Block_that_a_crash_cut_loses_nothing_behind_it()
    {
        byte[] cut = TrackBytes.Data(1, 5)[..^20];

        (List<string> items, TrackFileReader reader) = TrackBytes.ReadAll(
            TrackBytes.Segment(cut, TrackBytes.Data(6, 1), TrackBytes.Data(7, 1)));

        Assert.Equal(["S", "D6", "D7"], items);
        Assert.Equal((DamageReason.BlockPayload, (long)cut.Length), (reader.Damage[0].Reason, reader.Damage[0].Length));
    }

    [Fact]
    public void Block_inside_a_packet_of_a_damaged_block_is_not_taken_for_one()
    {
        byte[] inner = TrackBytes.Data(999, 1);
        byte[] outer = TrackBytes.Data(1, 1, packet: _ => inner);
        outer[^1] ^= 1;

        (List<string> items, _) = TrackBytes.ReadAll(TrackBytes.Segment(outer, TrackBytes.Data(2, 1)));

        Assert.Equal(["S", "D2"], items);
    }

    [Fact]
    public void Leading_rubbish_and_rubbish_between_blocks_are_skipped()
    {
        byte[] rubbish = "RBLRTPTRK RBLK RRR RTPTRK1"u8.ToArray();

        (List<string> items, TrackFileReader reader) = TrackBytes.ReadAll(
            TrackBytes.File(rubbish, TrackBytes.Data(1, 1), rubbish, TrackBytes.Segment(TrackBytes.Data(2, 1)), rubbish));

        Assert.Equal(["D1", "S", "D2"], items);
        Assert.Equal(3, reader.DamageCount);
        Assert.Equal(3 * rubbish.Length, reader.DamagedBytes);
    }

    [Fact]
    public void Footer_is_found_behind_a_damaged_index()
    {
        byte[] footer = new byte[TrackFooter.Size];
        ulong indexOffset = (ulong)TrackBytes.Segment().Length;
        TrackFooter.Write(footer, indexOffset);
        byte[] index = TrackBytes.Frame(BlockKind.Index, new byte[40], 0);
        byte[] broken = [.. index];
        broken[3] = 0;

        Assert.Equal(["S", "I0", "F"], TrackBytes.ReadAll(TrackBytes.Segment(index, footer)).Items);
        (List<string> items, TrackFileReader reader) = TrackBytes.ReadAll(TrackBytes.Segment(broken, footer));

        Assert.Equal(["S", "F"], items);
        Assert.Equal(indexOffset, reader.IndexOffset);
        Assert.Equal(index.Length, reader.DamagedBytes);
    }

    [Fact]
    public void Format_block_holds_until_the_next_section()
    {
        TrackFormat vp8 = TrackBytes.Vp8();
        var reader = new TrackFileReader(new MemoryStream(
            [.. TrackBytes.Segment(TrackBytes.Format(vp8, 1), TrackBytes.Data(1, 1)), .. TrackBytes.Segment()]));
        var codecs = new List<string>();
        while (reader.Read())
        {
            codecs.Add(reader.Format!.PayloadTypes[0].Codec);
        }

        Assert.Equal(["opus", "vp8", "vp8", "opus"], codecs);
    }

    [Fact]
    public void Endless_damage_takes_bounded_memory()
    {
        byte[] unit = [.. TrackBytes.Data(1, 1), (byte)'x'];
        var reader = new TrackFileReader(new RepeatingStream(unit, 50_000));
        int blocks = 0;
        while (reader.Read())
        {
            blocks++;
        }

        Assert.Equal(50_000, blocks);
        Assert.Equal(50_000, reader.DamageCount);
        Assert.Equal(TrackFileReader.MaxDamageEntries, reader.Damage.Count);
    }

    [Fact]
    public void Largest_block_is_read_whole()
    {
        byte[] block = TrackBytes.Frame(BlockKind.Marker, new byte[BlockHeader.MaxPayloadLength], 1);

        (List<string> items, TrackFileReader reader) = TrackBytes.ReadAll(new OneByteStream(TrackBytes.Segment(block, TrackBytes.Data(1, 1)), 300_000));

        Assert.Equal(["S", "M1", "D1"], items);
        Assert.Empty(reader.Damage);
    }

    private static int[] Starts(byte[] file)
    {
        var reader = new TrackFileReader(new MemoryStream(file));
        var starts = new List<int>();
        while (reader.Read())
        {
            starts.Add((int)reader.Offset);
        }

        return [.. starts];
    }

    private sealed class RepeatingStream(byte[] unit, int times) : Stream
    {
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            long left = ((long)unit.Length * times) - _position;
            int inUnit = (int)(_position % unit.Length);
            int length = (int)Math.Min(left, Math.Min(count, unit.Length - inUnit));
            unit.AsSpan(inUnit, length).CopyTo(buffer.AsSpan(offset));
            _position += length;
            return length;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
