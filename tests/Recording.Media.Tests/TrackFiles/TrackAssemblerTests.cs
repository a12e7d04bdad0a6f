using System.Security.Cryptography;
using FsCheck.Xunit;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;
using Recording.Model;

namespace Recording.Media.Tests.TrackFiles;

public sealed class TrackAssemblerTests
{
    private const ulong Epoch = TrackBytes.Epoch;

    [Fact]
    public async Task Segments_become_one_file_with_one_section_an_index_and_a_footer()
    {
        (byte[] file, AssemblyResult result) = await AssembleAsync(
            Of(1, 10, TrackBytes.Data(1, 10)),
            Of(11, 15, TrackBytes.Data(11, 5)));

        (List<string> items, TrackFileReader reader) = TrackBytes.ReadAll(file);
        Assert.Equal(["S", "D1", "D11", "I0", "F"], items);
        Assert.Empty(reader.Damage);
        Assert.Equal((15, 15 * 15, 0, 0ul), (result.Packets, result.Bytes, result.Lost, result.MissingIndexes));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(file)), result.Sha256);
        Assert.Equal(file.Length, result.Size);
        Assert.Equal((TrackBytes.TimeOf(1), TrackBytes.TimeOf(15)), (result.FirstTimeUs, result.LastTimeUs));
        Assert.Equal([1u], result.Ssrcs);
        Assert.Empty(result.Gaps);
    }

    [Fact]
    public async Task Overlaps_of_two_activations_are_trimmed_and_covered_segments_never_opened()
    {
        (byte[] file, AssemblyResult result) = await AssembleAsync(
            Of(1, 10, TrackBytes.Data(1, 10)),
            Of(5, 14, TrackBytes.File(TrackBytes.Data(5, 4), TrackBytes.Data(9, 6))) with { Key = new SegmentKey(Epoch, 5, 14, "b") },
            new SegmentSource(new SegmentKey(Epoch, 2, 9, "b"), _ => throw new InvalidOperationException("must not be opened")),
            Of(15, 15, TrackBytes.Data(15, 1)));

        Assert.Equal(["S", "D1", "D11", "D15", "I0", "F"], TrackBytes.ReadAll(file).Items);
        Assert.Equal(Expected(1, 15), EntriesOf(file));
        Assert.Equal(15, result.Packets);
    }

    [Fact]
    public async Task Order_of_the_list_does_not_matter_within_an_epoch()
    {
        SegmentSource[] segments = [Of(1, 10, TrackBytes.Data(1, 10)), Of(8, 20, TrackBytes.Data(8, 13)), Of(21, 30, TrackBytes.Data(21, 10)), Of(1, 5, TrackBytes.Data(1, 5))];

        (byte[] first, _) = await AssembleAsync(segments);
        (byte[] second, AssemblyResult result) = await AssembleAsync([.. segments.Reverse()]);

        Assert.Equal(first, second);
        Assert.Equal(30, result.Packets);
    }

    [Fact]
    public async Task Holes_are_listed_with_the_reason_that_a_marker_gave_or_as_lost()
    {
        (byte[] file, AssemblyResult result) = await AssembleAsync(
            Of(1, 5, TrackBytes.Data(1, 5)),
            Of(10, 12, TrackBytes.File(GapBlock(6, 8, "ring"), TrackBytes.Data(10, 3))),
            Of(20, 21, TrackBytes.Data(20, 2)));

        Assert.Equal(
            [(6ul, 8ul, "ring"), (9ul, 9ul, "lost"), (13ul, 19ul, "lost")],
            result.Gaps.Select(gap => (gap.FirstIndex, gap.LastIndex, gap.Reason)));
        Assert.Equal(11ul, result.MissingIndexes);
        Assert.Equal(["S", "D1", "M6", "M9", "D10", "M13", "D20", "I0", "F"], TrackBytes.ReadAll(file).Items);
    }

    [Fact]
    public async Task Gap_that_was_filled_after_all_is_no_gap()
    {
        (byte[] file, AssemblyResult result) = await AssembleAsync(
            Of(1, 5, TrackBytes.Data(1, 5)),
            Of(9, 10, TrackBytes.File(GapBlock(6, 8, "lost"), TrackBytes.Data(9, 2))),
            Of(6, 8, TrackBytes.Data(6, 3)));

        Assert.Empty(result.Gaps);
        Assert.Equal(Expected(1, 10), EntriesOf(file));
    }

    [Fact]
    public async Task Gaps_at_the_ends_are_listed_when_a_marker_tells_of_them()
    {
        (_, AssemblyResult result) = await AssembleAsync(
            Of(4, 5, TrackBytes.File(GapBlock(1, 3, "ring"), TrackBytes.Data(4, 2))),
            Of(6, 5, GapBlock(6, 9, "spool")));

        Assert.Equal([(1ul, 3ul, "ring"), (6ul, 9ul, "spool")], result.Gaps.Select(gap => (gap.FirstIndex, gap.LastIndex, gap.Reason)));
    }

    [Fact]
    public async Task First_index_over_1_alone_is_no_gap()
    {
        (_, AssemblyResult result) = await AssembleAsync(Of(1000, 1001, TrackBytes.Data(1000, 2)));

        Assert.Empty(result.Gaps);
        Assert.Equal(2, result.Packets);
    }

    [Fact]
    public async Task Gap_of_time_without_indexes_is_listed()
    {
        var marker = new Marker { TimeUs = 5, Gap = new Marker.Types.Gap { Reason = "link", DurationUs = 7 } };

        (byte[] file, AssemblyResult result) = await AssembleAsync(Of(1, 2, TrackBytes.File(TrackBytes.Data(1, 2), TrackBytes.Mark(marker, 3))));

        Assert.Equal([new AssembledGap(Epoch, 0, 0, "link", 5, 7)], result.Gaps);
        Assert.Equal(["S", "D1", "M3", "I0", "F"], TrackBytes.ReadAll(file).Items);
    }

    [Fact]
    public async Task Skipped_runs_count_as_held_and_are_trimmed_too()
    {
        (byte[] file, AssemblyResult result) = await AssembleAsync(
            Of(1, 6, TrackBytes.File(TrackBytes.Data(1, 2), TrackBytes.Skipped(3, 6))),
            Of(5, 12, TrackBytes.File(TrackBytes.Skipped(5, 10), TrackBytes.Data(11, 2))));

        Assert.Empty(result.Gaps);
        Assert.Equal(["S", "D1", "M3", "M7", "D11", "I0", "F"], TrackBytes.ReadAll(file).Items);
        Assert.Equal(4, result.Packets);
    }

    [Fact]
    public async Task Epochs_follow_each_other_as_they_appear_in_the_list()
    {
        (byte[] file, AssemblyResult result) = await AssembleAsync(
            Of(1, 3, TrackBytes.Data(1, 3, epoch: 9), epoch: 9),
            Of(1, 3, TrackBytes.Data(1, 3, epoch: 2), epoch: 2),
            Of(4, 5, TrackBytes.Data(4, 2, epoch: 9), epoch: 9));

        var reader = new TrackFileReader(new MemoryStream(file));
        var blocks = new List<(ulong, ulong)>();
        while (reader.Read())
        {
            if (reader.Kind == TrackItemKind.Block && reader.Header.Kind == BlockKind.Data)
            {
                blocks.Add((reader.Header.Epoch, reader.Header.FirstIndex));
            }
        }

        Assert.Equal([(9ul, 1ul), (9ul, 4ul), (2ul, 1ul)], blocks);
        Assert.Equal(8, result.Packets);
        Assert.Empty(result.Gaps);
    }

    [Fact]
    public async Task Markers_alone_make_a_file()
    {
        (byte[] file, AssemblyResult result) = await AssembleAsync(Of(1, 0, TrackBytes.Mark(new Marker { TimeUs = 3, Pause = new Marker.Types.Pause { By = "policy" } }, 1)));

        Assert.Equal(["S", "M1", "I0", "F"], TrackBytes.ReadAll(file).Items);
        Assert.Equal([new AssembledPause("policy", 3, null)], result.Paused);
        Assert.Equal((0, 0, 0), (result.Packets, result.FirstTimeUs, result.BitrateBps));
    }

    [Fact]
    public async Task Marker_that_two_activations_noted_stands_once_and_pauses_are_paired()
    {
        byte[] pause = TrackBytes.Mark(new Marker { TimeUs = 100, Pause = new Marker.Types.Pause { By = "producer" } }, 3);
        byte[] resume = TrackBytes.Mark(new Marker { TimeUs = 900, Resume = new Marker.Types.Resume { By = "producer" } }, 3);

        (byte[] file, AssemblyResult result) = await AssembleAsync(
            Of(1, 2, TrackBytes.File(TrackBytes.Data(1, 2), pause)),
            Of(3, 2, pause) with { Key = new SegmentKey(Epoch, 3, 2, "b") },
            Of(3, 3, TrackBytes.File(pause, resume, TrackBytes.Data(3, 1))));

        Assert.Equal(["S", "D1", "M3", "M3", "D3", "I0", "F"], TrackBytes.ReadAll(file).Items);
        Assert.Equal([new AssembledPause("producer", 100, 900)], result.Paused);
    }

    [Fact]
    public async Task Format_that_changes_in_mid_track_is_written_once_where_it_changes()
    {
        TrackFormat vp8 = TrackBytes.Vp8();
        byte[] second = [.. TrackSection.Encode(TrackBytes.Header(format: vp8)), .. TrackBytes.Data(5, 2)];

        (byte[] file, AssemblyResult result) = await AssembleAsync(
            Of(1, 4, TrackBytes.File(TrackBytes.Data(1, 2), TrackBytes.Format(vp8, 3), TrackBytes.Data(3, 2))),
            new SegmentSource(new SegmentKey(Epoch, 5, 6, "a"), _ => Task.FromResult<Stream?>(new MemoryStream(second))));

        Assert.Equal(["S", "D1", "F3", "D3", "D5", "I0", "F"], TrackBytes.ReadAll(file).Items);
        Assert.Equal("vp8", result.Format.PayloadTypes[0].Codec);
    }

    [Fact]
    public async Task Format_in_the_trimmed_part_of_an_overlap_still_holds_behind_it()
    {
        TrackFormat vp8 = TrackBytes.Vp8();

        (byte[] file, _) = await AssembleAsync(
            Of(1, 4, TrackBytes.Data(1, 4)),
            Of(2, 6, TrackBytes.File(TrackBytes.Data(2, 1), TrackBytes.Format(vp8, 3), TrackBytes.Data(3, 4))));

        var reader = new TrackFileReader(new MemoryStream(file));
        while (reader.Read() && !(reader.Kind == TrackItemKind.Block && reader.Header is { Kind: BlockKind.Data, FirstIndex: 5 }))
        {
        }

        Assert.Equal("vp8", reader.Format!.PayloadTypes[0].Codec);
    }

    [Fact]
    public async Task Header_that_changes_begins_a_new_section()
    {
        byte[] second = [.. TrackSection.Encode(TrackBytes.Header("alice-audio-2")), .. TrackBytes.Data(5, 2)];

        (byte[] file, _) = await AssembleAsync(
            Of(1, 4, TrackBytes.Data(1, 4)),
            new SegmentSource(new SegmentKey(Epoch, 5, 6, "a"), _ => Task.FromResult<Stream?>(new MemoryStream(second))));

        Assert.Equal(["S", "D1", "S", "D5", "I0", "F"], TrackBytes.ReadAll(file).Items);
    }

    [Fact]
    public async Task Missing_segment_is_4004_and_an_empty_list_too()
    {
        RecordingException e = await Assert.ThrowsAsync<RecordingException>(() => AssembleAsync(
            Of(1, 4, TrackBytes.Data(1, 4)),
            new SegmentSource(new SegmentKey(Epoch, 5, 6, "a"), _ => Task.FromResult<Stream?>(null))));
        Assert.Equal(RecordingErrorCode.NotFound, e.Code);

        e = await Assert.ThrowsAsync<RecordingException>(() => AssembleAsync());
        Assert.Equal(RecordingErrorCode.NotFound, e.Code);
    }

    [Fact]
    public async Task Flipped_bit_anywhere_in_a_segment_is_4005()
    {
        byte[] sound = TrackBytes.Segment(TrackBytes.Data(1, 3), TrackBytes.Skipped(4, 5), TrackBytes.Data(6, 2));
        for (int at = 0; at < sound.Length; at++)
        {
            byte[] broken = [.. sound];
            broken[at] ^= 0x04;
            await AssertDamagedAsync(broken, 1, 7);
        }
    }

    [Fact]
    public async Task Segment_cut_anywhere_is_4005()
    {
        byte[] sound = TrackBytes.Segment(TrackBytes.Data(1, 3), TrackBytes.Data(4, 2));
        for (int length = 0; length < sound.Length; length++)
        {
            await AssertDamagedAsync(sound[..length], 1, 5);
        }
    }

    [Fact]
    public async Task Segment_that_holds_other_than_its_name_says_is_4005()
    {
        await AssertDamagedAsync(TrackBytes.Segment(TrackBytes.Data(1, 3)), 1, 4);
        await AssertDamagedAsync(TrackBytes.Segment(TrackBytes.Data(1, 5)), 1, 4);
        await AssertDamagedAsync(TrackBytes.Segment(TrackBytes.Data(1, 2), TrackBytes.Data(2, 3)), 1, 4);
        await AssertDamagedAsync(TrackBytes.Segment(TrackBytes.Data(1, 4, epoch: 7)), 1, 4);
        await AssertDamagedAsync(TrackBytes.Segment(TrackBytes.Frame(BlockKind.Data, [0, 0], 1, 4)), 1, 4);
        await AssertDamagedAsync(TrackBytes.Segment(TrackBytes.Skipped(1, ulong.MaxValue)), 1, 4);
        await AssertDamagedAsync(TrackBytes.Data(1, 4), 1, 4);
        await AssertDamagedAsync(TrackBytes.Segment(TrackBytes.Data(1, 4)), 1, 4, size: 17);
    }

    [Fact]
    public async Task Figures_count_loss_duplicates_and_reordering_by_sequence_number()
    {
        ushort[] sequence = [1, 2, 2, 5, 4, 6];
        byte[] block = TrackBytes.Data(1, 6, packet: i => Rtp.RtpBytes.Packet(sequence[i - 1], (uint)(i * 960)));

        (_, AssemblyResult result) = await AssembleAsync(Of(1, 6, block));

        Assert.Equal((6, 1, 1, 1, 0), (result.Packets, result.Lost, result.Duplicates, result.Reordered, result.Keyframes));
    }

    [Fact]
    public async Task Sender_reports_and_refused_entries_are_no_packets()
    {
        byte[] report = new byte[28];
        new Recording.Media.Rtp.SenderReport(1, 2, 3, 4, 5).Write(report);
        byte[] block = TrackBytes.Data(1, 4, packet: i => i switch { 2 => report, 3 => [], _ => Rtp.RtpBytes.Packet((ushort)i) });

        (byte[] file, AssemblyResult result) = await AssembleAsync(Of(1, 4, block));

        Assert.Equal((2, 1, 1), (result.Packets, result.SenderReports, result.Refused));
        Assert.Equal(4, EntriesOf(file).Count);
    }

    [Fact]
    public async Task Repair_stream_and_foreign_packets_make_no_loss()
    {
        var format = TrackBytes.Opus();
        format.PayloadTypes.Add(new PayloadFormat { Pt = 97, Codec = "rtx", ClockRate = 48_000, Apt = 96 });
        byte[] segment =
        [
            .. TrackSection.Encode(TrackBytes.Header(format: format)),
            .. TrackBytes.Data(1, 4, packet: i => i switch
            {
                2 => Rtp.RtpBytes.Packet(500, ssrc: 2, payloadType: 97),
                3 => Rtp.RtpBytes.Packet(900, ssrc: 2, payloadType: 97),
                4 => Rtp.RtpBytes.Packet(7, ssrc: 1234, payloadType: 127),
                _ => Rtp.RtpBytes.Packet((ushort)i),
            }),
        ];

        (_, AssemblyResult result) = await AssembleAsync(
            new SegmentSource(new SegmentKey(Epoch, 1, 4, "a"), _ => Task.FromResult<Stream?>(new MemoryStream(segment))));

        Assert.Equal((4, 0), (result.Packets, result.Lost));
        Assert.Equal([1u], result.Ssrcs);
    }

    [Fact]
    public async Task Index_has_an_entry_every_two_seconds_and_at_each_key_frame()
    {
        byte[] key = [0x10, 0x00, 1];
        byte[] delta = [0x10, 0x01, 1];
        TrackHeader header = TrackBytes.Header(format: TrackBytes.Vp8());
        var blocks = new List<byte>(TrackSection.Encode(header));
        for (ulong first = 1; first <= 991; first += 10)
        {
            // 200 ms a block; key frames in the packets 101 and 505, the first of which comes in two packets.
            blocks.AddRange(TrackBytes.Data(first, 10, packet: i => Rtp.RtpBytes.Packet(
                (ushort)i, (uint)(i == 102 ? 101 : i), payload: i is 101 or 102 or 505 ? key : delta)));
        }

        (byte[] file, AssemblyResult result) = await AssembleAsync(
            new SegmentSource(new SegmentKey(Epoch, 1, 1000, "a"), _ => Task.FromResult<Stream?>(new MemoryStream([.. blocks]))));
        TrackIndexReader index = TrackIndexReader.TryRead(new MemoryStream(file))!;

        Assert.Equal(2, result.Keyframes);
        Assert.Equal([TrackBytes.TimeOf(101), TrackBytes.TimeOf(505)], index.Index.Entries.Where(entry => entry.Keyframe).Select(entry => entry.TimeUs));
        Assert.Equal((1000ul, 100ul), (index.Index.Packets, index.Index.Blocks));
        long[] times = [.. index.Index.Entries.Select(entry => entry.TimeUs)];
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 0, 2_000_000));
        Assert.InRange(TrackBytes.TimeOf(1000) - times[^1], 0, 2_000_000);
        foreach (long time in new[] { TrackBytes.TimeOf(300), TrackBytes.TimeOf(505), TrackBytes.TimeOf(999) })
        {
            AssertSeeks(file, index.OffsetAt(time), time - 2_200_000, time);
            long keyTime = time >= TrackBytes.TimeOf(505) ? TrackBytes.TimeOf(505) : TrackBytes.TimeOf(101);
            AssertSeeks(file, index.OffsetAt(time, keyframe: true), keyTime - 200_000, keyTime);
        }
    }

    [Fact]
    public void Index_is_not_read_from_a_file_that_has_none()
    {
        byte[] footer = new byte[TrackFooter.Size];
        foreach (ulong offset in new ulong[] { 0, 5, 1_000_000, ulong.MaxValue })
        {
            TrackFooter.Write(footer, offset);
            Assert.Null(TrackIndexReader.TryRead(new MemoryStream([.. TrackBytes.Segment(TrackBytes.Data(1, 1)), .. footer])));
        }

        Assert.Null(TrackIndexReader.TryRead(new MemoryStream(TrackBytes.Segment(TrackBytes.Data(1, 1)))));
        Assert.Null(TrackIndexReader.TryRead(new MemoryStream()));
    }

    [Property(MaxTest = 60)]
    public void Any_covering_set_of_segments_gives_every_packet_once(int seed)
    {
        var random = new Random(seed);
        const ulong Total = 60;
        var segments = new List<SegmentSource>();
        for (ulong next = 1; next <= Total;)
        {
            ulong last = Math.Min(Total, next + (ulong)random.Next(12));
            segments.Add(Of(next, last, Blocks(random, next, last)));
            next = last + 1;
        }

        for (int i = random.Next(6); i > 0; i--)
        {
            ulong first = 1 + (ulong)random.Next((int)Total);
            ulong last = Math.Min(Total, first + (ulong)random.Next(25));
            segments.Add(Of(first, last, Blocks(random, first, last)) with { Key = new SegmentKey(Epoch, first, last, $"other{i}") });
        }

        SegmentSource[] shuffled = [.. segments];
        random.Shuffle(shuffled);

        (byte[] file, AssemblyResult result) = AssembleAsync(shuffled).GetAwaiter().GetResult();

        Assert.Equal(Expected(1, Total), EntriesOf(file));
        Assert.Equal(((long)Total, 0), (result.Packets, result.Gaps.Count));
        Assert.Empty(TrackBytes.ReadAll(file).Reader.Damage);
    }

    private static byte[] Blocks(Random random, ulong first, ulong last)
    {
        var blocks = new List<byte>();
        while (first <= last)
        {
            int count = (int)Math.Min(last - first + 1, (ulong)random.Next(1, 8));
            blocks.AddRange(TrackBytes.Data(first, count));
            first += (ulong)count;
        }

        return [.. blocks];
    }

    private static SegmentSource Of(ulong first, ulong last, byte[] blocks, ulong epoch = Epoch)
    {
        byte[] segment = TrackBytes.Segment(blocks);
        return new SegmentSource(
            new SegmentKey(epoch, first, last, "a"),
            _ => Task.FromResult<Stream?>(new OneByteStream(segment, 1000)),
            segment.Length);
    }

    private static byte[] GapBlock(ulong first, ulong last, string reason) => TrackBytes.Mark(
        new Marker { Gap = new Marker.Types.Gap { FirstIndex = first, LastIndex = last, Reason = reason } }, last + 1);

    private static async Task<(byte[] File, AssemblyResult Result)> AssembleAsync(params SegmentSource[] segments)
    {
        using var output = new MemoryStream();
        AssemblyResult result = await TrackAssembler.AssembleAsync(segments, output);
        return (output.ToArray(), result);
    }

    private static async Task AssertDamagedAsync(byte[] segment, ulong first, ulong last, long? size = null)
    {
        var source = new SegmentSource(new SegmentKey(Epoch, first, last, "a"), _ => Task.FromResult<Stream?>(new MemoryStream(segment)), size);
        RecordingException e = await Assert.ThrowsAsync<RecordingException>(() => AssembleAsync(source));
        Assert.Equal(RecordingErrorCode.IntegrityCheckFailed, e.Code);
    }

    private static List<(ulong Index, long TimeUs, string Packet)> EntriesOf(byte[] file)
    {
        var entries = new List<(ulong, long, string)>();
        var reader = new TrackFileReader(new MemoryStream(file));
        while (reader.Read())
        {
            if (reader.Kind == TrackItemKind.Block)
            {
                TrackBytes.AddEntries(entries, reader.Header, reader.Payload.Span);
            }
        }

        return entries;
    }

    private static List<(ulong Index, long TimeUs, string Packet)> Expected(ulong first, ulong last)
    {
        var entries = new List<(ulong, long, string)>();
        for (ulong i = first; i <= last; i++)
        {
            entries.Add((i, TrackBytes.TimeOf(i), Convert.ToHexStringLower(TrackBytes.Packet(i))));
        }

        return entries;
    }

    private static void AssertSeeks(byte[] file, long offset, long earliestUs, long latestUs)
    {
        var reader = new TrackFileReader(new MemoryStream(file, (int)offset, file.Length - (int)offset), offset);
        Assert.True(reader.Read());
        Assert.Equal((offset, TrackItemKind.Block), (reader.Offset, reader.Kind));
        Assert.InRange(reader.Header.BaseTimeUs, earliestUs, latestUs);
    }
}
