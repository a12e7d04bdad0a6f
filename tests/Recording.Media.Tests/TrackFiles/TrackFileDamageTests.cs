using System.Buffers.Binary;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Tests.TrackFiles;

/// <summary>A complete file, damaged in each way at each place.</summary>
public sealed class TrackFileDamageTests
{
    private const ulong LastIndex = 15;

    private static readonly byte[] _complete = Complete();
    private static readonly (int Start, int End, string Name, BlockHeader Header)[] _items = Items(_complete);

    [Fact]
    public void Each_bit_flipped_alone_costs_the_item_it_is_in_and_is_reported_with_its_place()
    {
        for (int at = 0; at < _complete.Length; at++)
        {
            int hit = Array.FindLastIndex(_items, item => item.Start <= at);
            string expected = string.Join(' ', _items.Where((_, i) => i != hit).Select(item => item.Name));
            for (int bit = 0; bit < 8; bit++)
            {
                byte[] broken = [.. _complete];
                broken[at] ^= (byte)(1 << bit);

                (List<string> names, TrackFileReader reader) = TrackBytes.ReadAll(broken);

                Assert.True(expected == string.Join(' ', names), $"byte {at}, bit {bit}: {string.Join(' ', names)}");
                Damage damage = Assert.Single(reader.Damage);
                Assert.Equal((_items[hit].Start, _items[hit].End), ((int)damage.Offset, (int)(damage.Offset + damage.Length)));
                CheckPlace(hit, damage);
            }
        }
    }

    [Fact]
    public void Each_byte_overwritten_costs_at_most_its_item()
    {
        for (int at = 0; at < _complete.Length; at++)
        {
            int hit = Array.FindLastIndex(_items, item => item.Start <= at);
            foreach (byte value in (byte[])[0, 0xFF, (byte)'R'])
            {
                byte[] broken = [.. _complete];
                broken[at] = value;

                (List<string> names, _) = TrackBytes.ReadAll(broken);

                string expected = string.Join(' ', _items.Where((_, i) => i != hit || _complete[at] == value).Select(item => item.Name));
                Assert.True(expected == string.Join(' ', names), $"byte {at} = {value}: {string.Join(' ', names)}");
            }
        }
    }

    [Fact]
    public void Cut_at_each_byte_reads_up_to_the_item_before_and_only_whole_items_are_sound()
    {
        for (int length = 0; length < _complete.Length; length++)
        {
            (List<string> names, TrackFileReader reader) = TrackBytes.ReadAll(_complete[..length]);

            int whole = _items.Count(item => item.End <= length);
            Assert.Equal(_items.Take(whole).Select(item => item.Name), names, StringComparer.Ordinal);
            bool clean = length == 0 || _items.Any(item => item.End == length);
            Assert.Equal(clean ? 0 : length - _items[whole].Start, reader.DamagedBytes);
        }
    }

    [Fact]
    public void Bytes_lost_or_put_in_cost_at_most_the_item_they_were_in()
    {
        for (int at = 0; at < _complete.Length; at++)
        {
            int hit = Array.FindLastIndex(_items, item => item.Start <= at);
            byte[] shorter = [.. _complete[..at], .. _complete[(at + 1)..]];
            byte[] longer = [.. _complete[..at], (byte)'R', .. _complete[at..]];
            foreach (byte[] broken in (byte[][])[shorter, longer])
            {
                (List<string> names, TrackFileReader reader) = TrackBytes.ReadAll(broken);

                // What moved the index makes the footer point beside it, so that may be doubted too; packets are lost of one block only.
                IEnumerable<string> packets = _items.Where((_, i) => i != hit).Select(item => item.Name).Where(name => name[0] == 'D');
                Assert.True(packets.All(name => names.Contains(name, StringComparer.Ordinal)), $"byte {at}: {string.Join(' ', names)}");
                Assert.InRange(reader.DamageCount, 1, 2);
            }
        }
    }

    [Theory]
    [InlineData("RBLK")]
    [InlineData("RTPTRK1\n")]
    [InlineData("RTPTRKIX")]
    public void Magic_inside_packets_is_not_taken_for_a_block_when_their_block_is_damaged(string magic)
    {
        byte[] token = System.Text.Encoding.ASCII.GetBytes(magic);
        byte[] bait = [.. token, .. new byte[4], .. TrackBytes.Data(900, 2), .. TrackSection.Encode(TrackBytes.Header("bait")), .. token];
        byte[] block = TrackBytes.Data(4, 1, packet: _ => bait);
        byte[] sound = TrackBytes.Segment(TrackBytes.Data(1, 3), block, TrackBytes.Data(5, 1));
        int start = sound.AsSpan().IndexOf(block);
        for (int at = start; at < start + block.Length; at++)
        {
            byte[] broken = [.. sound];
            broken[at] ^= 0x20;

            (List<string> names, TrackFileReader reader) = TrackBytes.ReadAll(broken);

            Assert.True(string.Join(' ', names) == "S D1 D5", $"byte {at - start}: {string.Join(' ', names)}");
            Assert.Equal((4ul, 4ul), (reader.Damage[0].FirstIndex, reader.Damage[0].LastIndex));
        }
    }

    [Fact]
    public void A_length_that_lies_is_found_out()
    {
        byte[] block = TrackBytes.Data(4, 1);
        foreach (int length in (int[])[int.MaxValue, -1, BlockHeader.MaxPayloadLength, BlockHeader.MaxPayloadLength + 1, 0, 1, 200])
        {
            byte[] lying = [.. block];
            BinaryPrimitives.WriteInt32LittleEndian(lying.AsSpan(8), length);
            byte[] signed = [.. lying];
            BinaryPrimitives.WriteUInt32LittleEndian(signed.AsSpan(48), Crc32C.Compute(signed.AsSpan(0, 48)));
            foreach (byte[] broken in (byte[][])[lying, signed])
            {
                (List<string> names, TrackFileReader reader) = TrackBytes.ReadAll(TrackBytes.Segment(TrackBytes.Data(1, 3), broken, TrackBytes.Data(5, 1)));

                Assert.Equal("S D1 D5", string.Join(' ', names));
                Assert.Equal((4ul, 4ul), (reader.Damage[0].FirstIndex, reader.Damage[0].LastIndex));
            }
        }
    }

    [Fact]
    public void Offsets_beyond_four_gigabytes_are_right()
    {
        const long far = 5L << 30;
        var index = new TrackIndex { Packets = 1, Entries = { new IndexEntry { TimeUs = 1, Offset = (ulong)far } } };
        byte[] data = TrackBytes.Data(1, 3);
        byte[] tail = [.. data, .. TrackBytes.Frame(BlockKind.Index, Google.Protobuf.MessageExtensions.ToByteArray(index), 0)];
        byte[] footer = new byte[TrackFooter.Size];
        TrackFooter.Write(footer, (ulong)(far + data.Length));
        using var file = new TailStream(far, [.. tail, .. footer]);

        TrackIndexReader? read = TrackIndexReader.TryRead(file);
        file.Position = read!.OffsetAt(1);
        var reader = new TrackFileReader(file, file.Position);

        Assert.True(reader.Read());
        Assert.Equal((far, 1ul), (reader.Offset, reader.Header.FirstIndex));
        Assert.True(reader.Read());
        Assert.True(reader.Read());
        Assert.Equal((TrackItemKind.Footer, (ulong)(far + data.Length)), (reader.Kind, reader.IndexOffset));
        Assert.False(reader.Read());
        Assert.Empty(reader.Damage);
    }

    [Fact]
    public void Damage_far_into_a_file_has_a_place_of_64_bits()
    {
        const long far = 6L << 30;
        byte[] broken = TrackBytes.Data(4, 1);
        broken[60] ^= 1;
        byte[] first = TrackBytes.Data(1, 3);
        var reader = new TrackFileReader(new MemoryStream([.. first, .. broken, .. TrackBytes.Data(5, 1)]), far);
        while (reader.Read())
        {
        }

        Damage damage = Assert.Single(reader.Damage);
        Assert.Equal((far + first.Length, 1, 4ul, 4ul), (damage.Offset, damage.Block, damage.FirstIndex, damage.LastIndex));
    }

    [Fact]
    public void Sections_that_are_missing_doubled_or_out_of_order_are_all_read()
    {
        byte[] a = TrackBytes.Segment(TrackBytes.Data(1, 2));
        byte[] b = TrackBytes.Segment(TrackBytes.Data(3, 2));
        byte[] c = TrackBytes.Segment(TrackBytes.Data(5, 2));

        Assert.Equal("S D1 S D5", Names([.. a, .. c]));
        Assert.Equal("S D1 S D3 S D3 S D5", Names([.. a, .. b, .. b, .. c]));
        Assert.Equal("S D5 S D1 S D3", Names([.. c, .. a, .. b]));
    }

    [Fact]
    public async Task A_repair_leaves_out_doubles_and_tells_of_what_is_missing()
    {
        byte[] a = TrackBytes.Segment(TrackBytes.Data(1, 2));
        byte[] b = TrackBytes.Segment(TrackBytes.Data(3, 2));
        byte[] c = TrackBytes.Segment(TrackBytes.Data(5, 2));

        (string missing, RepairResult told) = await RepairAsync([.. a, .. c]);
        (string doubled, RepairResult once) = await RepairAsync([.. a, .. b, .. b, .. c]);
        (string again, RepairResult nothingNew) = await RepairAsync([.. a, .. TrackBytes.Mark(Gap(3, 4), 3), .. c]);

        Assert.Equal("S D1 S M3 D5 I0 F", missing);
        Assert.Equal((3ul, 4ul, "missing"), (told.File.Gaps[0].FirstIndex, told.File.Gaps[0].LastIndex, told.File.Gaps[0].Reason));
        Assert.Equal(("S D1 S D3 S S D5 I0 F", 1, 6), (doubled, once.DuplicateBlocks, once.File.Packets));
        Assert.Equal(("S D1 M3 S D5 I0 F", 1), (again, nothingNew.File.Gaps.Count));
    }

    [Fact]
    public async Task A_repair_of_each_flipped_bit_keeps_every_other_block_and_tells_what_was_lost()
    {
        for (int at = 0; at < _complete.Length; at += 3)
        {
            byte[] broken = [.. _complete];
            broken[at] ^= 0x08;
            int hit = Array.FindLastIndex(_items, item => item.Start <= at);

            using var output = new MemoryStream();
            RepairResult result = await TrackFileRepair.RepairAsync(new MemoryStream(broken), output, TrackBytes.Header());

            (List<string> names, TrackFileReader reader) = TrackBytes.ReadAll(output.ToArray());
            Assert.Empty(reader.Damage);
            Assert.Equal("F", names[^1]);
            ulong lost = _items[hit].Header is { Kind: BlockKind.Data } header ? (ulong)header.PacketCount : 0;
            Assert.Equal((long)(LastIndex - lost), result.File.Packets);
            Assert.Equal(lost, hit == 1 ? (ulong)_items[1].Header.PacketCount : result.File.MissingIndexes);
        }
    }

    private static void CheckPlace(int hit, Damage damage)
    {
        BlockHeader header = _items[hit].Header;
        if (header.Kind == BlockKind.Data)
        {
            Assert.Equal(hit - 1, damage.Block);
            bool isFirst = hit == 1 && damage.FirstIndex == 0;
            Assert.True(isFirst || (damage.Epoch, damage.FirstIndex, damage.LastIndex) == (header.Epoch, header.FirstIndex, header.EndIndex - 1), $"{damage}");
            Assert.True(isFirst || damage.FromUs == header.BaseTimeUs);
            Assert.Equal(hit + 1 < _items.Length && _items[hit + 1].Header.Kind == BlockKind.Data ? _items[hit + 1].Header.BaseTimeUs : 0, damage.ToUs);
        }
        else
        {
            Assert.Equal(0ul, damage.LostIndexes);
        }
    }

    private static string Names(byte[] file) => string.Join(' ', TrackBytes.ReadAll(file).Items);

    private static Marker Gap(ulong first, ulong last) => new() { Gap = new Marker.Types.Gap { FirstIndex = first, LastIndex = last, Reason = "lost" } };

    private static async Task<(string Names, RepairResult Result)> RepairAsync(byte[] file)
    {
        using var output = new MemoryStream();
        RepairResult result = await TrackFileRepair.RepairAsync(new MemoryStream(file), output);
        return (Names(output.ToArray()), result);
    }

    private static (int Start, int End, string Name, BlockHeader Header)[] Items(byte[] file)
    {
        var reader = new TrackFileReader(new MemoryStream(file));
        var items = new List<(int, int, string, BlockHeader)>();
        while (reader.Read())
        {
            string name = reader.Kind switch { TrackItemKind.Section => "S", TrackItemKind.Footer => "F", _ => $"{reader.Header.Kind.ToString()[0]}{reader.Header.FirstIndex}" };
            items.Add(((int)reader.Offset, (int)reader.Offset + reader.Length, name, reader.Kind == TrackItemKind.Block ? reader.Header : default));
        }

        return [.. items];
    }

    private static byte[] Complete()
    {
        byte[] Later(ulong first, long seconds)
        {
            var writer = new DataPayloadWriter();
            for (ulong i = first; i < first + 5; i++)
            {
                writer.TryAdd(TrackBytes.TimeOf(i) + (seconds * 1_000_000), TrackBytes.Packet(i));
            }

            return TrackBytes.Frame(BlockKind.Data, writer.Payload, first, 5, baseTimeUs: writer.BaseTimeUs);
        }

        byte[] segment = TrackBytes.Segment(Later(1, 0), Later(6, 1), Later(11, 2));
        using var output = new MemoryStream();
        var source = new SegmentSource(new SegmentKey(TrackBytes.Epoch, 1, LastIndex, "a"), _ => Task.FromResult<Stream?>(new MemoryStream(segment)));
        TrackAssembler.AssembleAsync([source], output).GetAwaiter().GetResult();
        return output.ToArray();
    }

    /// <summary>A file whose first gigabytes are a hole.</summary>
    private sealed class TailStream(long hole, byte[] tail) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => hole + tail.Length;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int length = (int)Math.Min(count, Length - Position);
            for (int i = 0; i < length; i++)
            {
                long at = Position + i;
                buffer[offset + i] = at < hole ? (byte)0 : tail[at - hole];
            }

            Position += length;
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
