using Microsoft.Extensions.Time.Testing;
using Recording.Grains.Abstractions.Tracks;
using Recording.Grains.Tests.Doubles;
using Recording.Grains.Tracks;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;
using Recording.Model;

namespace Recording.Grains.Tests.Tracks;

public sealed class TrackLogTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly TrackOptions _options = new() { SegmentBytes = 4096, WindowBytes = 16384, RollUpBytes = 0 };
    private readonly MemoryObjectStore _store = new();
    private readonly TrackLog _log;

    public TrackLogTests() => _log = new TrackLog(_options, _time, "act1");

    private void OpenConfirmed(ulong firstUnstored = 1, ulong epoch = TestTrack.Epoch)
    {
        _log.Open(TestTrack.Opening(firstUnstored, epoch));
        _log.EndConfirming(epoch);
    }

    private List<TrackSegment> TakeAll()
    {
        List<TrackSegment> taken = [];
        while (_log.TryTake(out TrackSegment? segment))
        {
            taken.Add(segment);
        }

        return taken;
    }

    private void Put(TrackSegment segment)
    {
        byte[] content = new byte[segment.Length];
        segment.CopyTo(content);
        _store.PutAsync(segment.ObjectKey, content).GetAwaiter().GetResult();
        _log.MarkStored(segment);
    }

    private StoredTrack StoreAll()
    {
        _log.Cut(TimeSpan.Zero);
        TakeAll().ForEach(Put);
        return StoredTrack.Read(_store);
    }

    [Fact]
    public void Append_before_open_asks_for_opening() =>
        Assert.Equal(AppendStatus.NeedsOpening, _log.Append(TestTrack.Batch(1, 10)).Status);

    [Fact]
    public void Append_of_an_epoch_that_was_not_opened_asks_for_opening()
    {
        OpenConfirmed();
        Assert.Equal(AppendStatus.NeedsOpening, _log.Append(TestTrack.Batch(1, 10, epoch: 8)).Status);
    }

    [Fact]
    public void Figures_tell_how_long_something_waits_for_the_store_and_since_when_no_gateway_has_called()
    {
        Assert.Equal((0L, null), (_log.GetFigures().WaitingUs, _log.GetFigures().SinceCallUs));

        // The listing does not come: nothing is taken until then.
        _log.Open(TestTrack.Opening(1));
        _time.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal((7_000_000L, 7_000_000L), (_log.GetFigures().WaitingUs, _log.GetFigures().SinceCallUs));

        _log.EndConfirming(TestTrack.Epoch);
        Assert.Equal(0, _log.GetFigures().WaitingUs);
        _log.Append(TestTrack.Batch(1, 10));
        _time.Advance(TimeSpan.FromSeconds(1));
        _log.Cut(TimeSpan.Zero);
        List<TrackSegment> first = TakeAll();
        _time.Advance(TimeSpan.FromSeconds(2));
        _log.Append(TestTrack.Batch(11, 10));
        _log.Cut(TimeSpan.Zero);
        List<TrackSegment> second = TakeAll();
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal((5_000_000L, 3_000_000L), (_log.GetFigures().WaitingUs, _log.GetFigures().SinceCallUs));
        first.ForEach(Put);
        Assert.Equal(3_000_000L, _log.GetFigures().WaitingUs);
        second.ForEach(Put);
        Assert.Equal(0, _log.GetFigures().WaitingUs);
    }

    [Fact]
    public void Open_answers_where_to_go_on()
    {
        AppendResult result = _log.Open(TestTrack.Opening(firstUnstored: 101));
        Assert.Equal(new AppendResult(AppendStatus.Accepted, 101, 100, _options.WindowBytes), result);
    }

    [Fact]
    public void Batches_in_order_are_taken_and_nothing_counts_as_stored_before_the_put()
    {
        OpenConfirmed();
        AppendResult result = _log.Append(TestTrack.Batch(1, 10));
        Assert.Equal((AppendStatus.Accepted, 11UL, 0UL), (result.Status, result.ExpectedIndex, result.StoredIndex));
        _log.Cut(TimeSpan.Zero);
        List<TrackSegment> segments = TakeAll();
        Assert.Equal(0UL, _log.Append(TestTrack.Empty(11)).StoredIndex);
        Put(Assert.Single(segments));
        Assert.Equal(10UL, _log.Append(TestTrack.Empty(11)).StoredIndex);
        StoredTrack.Read(_store).AssertComplete(10);
    }

    [Fact]
    public void A_segment_counts_as_stored_only_when_the_earlier_ones_are()
    {
        OpenConfirmed();
        List<TrackSegment> segments = [];
        for (ulong first = 1; first <= 41; first += 10)
        {
            _log.Append(TestTrack.Batch(first, 10));
            _log.Cut(TimeSpan.Zero);
            segments.AddRange(TakeAll());
        }

        ulong[] stored = [.. new[] { 2, 1, 4, 0, 3 }.Select(i =>
        {
            Put(segments[i]);
            return _log.Append(TestTrack.Empty(51)).StoredIndex;
        })];
        Assert.Equal([0, 0, 0, 30, 50], stored);
    }

    [Fact]
    public void A_batch_beyond_the_expected_index_is_rewound()
    {
        OpenConfirmed();
        _log.Append(TestTrack.Batch(1, 10));
        AppendResult result = _log.Append(TestTrack.Batch(21, 10, retainedFrom: 5));
        Assert.Equal((AppendStatus.Rewind, 11UL), (result.Status, result.ExpectedIndex));
        _log.Append(TestTrack.Batch(11, 10));
        _log.Append(TestTrack.Batch(21, 10));
        StoredTrack stored = StoreAll();
        stored.AssertComplete(30);
        Assert.Empty(stored.Markers);
    }

    [Fact]
    public void A_partly_held_batch_is_trimmed_and_a_held_one_changes_nothing()
    {
        OpenConfirmed();
        _log.Append(TestTrack.Batch(1, 10));
        Assert.Equal(16UL, _log.Append(TestTrack.Batch(6, 10)).ExpectedIndex);
        int unstored = _log.UnstoredBytes;
        Assert.Equal(16UL, _log.Append(TestTrack.Batch(1, 15)).ExpectedIndex);
        Assert.Equal(unstored, _log.UnstoredBytes);
        StoreAll().AssertComplete(15);
        Assert.Equal(15, _log.GetFigures().Packets);
    }

    [Fact]
    public void A_hole_before_what_the_gateway_retains_becomes_a_gap_marker_and_no_segment_claims_it()
    {
        OpenConfirmed();
        _log.Append(TestTrack.Batch(1, 10));
        AppendResult result = _log.Append(TestTrack.Batch(21, 10, retainedFrom: 21));
        Assert.Equal((AppendStatus.Accepted, 31UL), (result.Status, result.ExpectedIndex));

        StoredTrack stored = StoreAll();
        Marker gap = Assert.Single(stored.Markers);
        Assert.Equal((11UL, 20UL), (gap.Gap.FirstIndex, gap.Gap.LastIndex));
        Assert.Equal(20, stored.Packets.Count);
        Assert.Equal(30UL, _log.Append(TestTrack.Empty(31)).StoredIndex);
        Assert.Equal(10, _log.GetFigures().MissingIndexes);
    }

    [Fact]
    public void A_lost_tail_said_by_an_empty_batch_counts_as_done()
    {
        OpenConfirmed();
        _log.Append(TestTrack.Batch(1, 10));
        StoreAll();
        AppendResult result = _log.Append(TestTrack.Empty(16, retainedFrom: 16));
        Assert.Equal((AppendStatus.Accepted, 16UL, 15UL), (result.Status, result.ExpectedIndex, result.StoredIndex));
        Assert.Equal((11UL, 15UL), Gap(StoreAll()));
    }

    [Fact]
    public void While_segments_are_listed_a_hole_is_not_taken_for_a_loss()
    {
        _log.Open(TestTrack.Opening());
        AppendResult waiting = _log.Append(TestTrack.Batch(21, 10, retainedFrom: 21));
        Assert.Equal((AppendStatus.Rewind, 0), (waiting.Status, waiting.WindowBytes));
        Assert.Equal(0UL, _log.Append(TestTrack.Empty(21, retainedFrom: 21)).StoredIndex);

        _log.Confirm([new SegmentKey(TestTrack.Epoch, 1, 20, "old")], isSealed: false);
        _log.EndConfirming(TestTrack.Epoch);
        AppendResult result = _log.Append(TestTrack.Batch(21, 10, retainedFrom: 21));
        Assert.Equal((AppendStatus.Accepted, 31UL, 20UL), (result.Status, result.ExpectedIndex, result.StoredIndex));
        Assert.Empty(StoreAll().Markers);
    }

    [Fact]
    public void A_listing_raises_the_stored_index_over_what_is_contiguous_and_leaves_the_rest_known()
    {
        _log.Open(TestTrack.Opening(firstUnstored: 11));
        _log.Confirm([new SegmentKey(TestTrack.Epoch, 5, 30, "a"), new SegmentKey(TestTrack.Epoch, 41, 50, "b"), new SegmentKey(99, 1, 900, "c")], isSealed: false);
        _log.EndConfirming(TestTrack.Epoch);
        AppendResult asked = _log.Append(TestTrack.Empty(31));
        Assert.Equal((31UL, 30UL), (asked.ExpectedIndex, asked.StoredIndex));

        Assert.Equal(51UL, _log.Append(TestTrack.Batch(31, 10)).ExpectedIndex);
        _log.Cut(TimeSpan.Zero);
        TakeAll().ForEach(Put);
        Assert.Equal(50UL, _log.Append(TestTrack.Empty(51)).StoredIndex);
    }

    [Fact]
    public void A_gap_leaves_out_what_an_earlier_activation_stored()
    {
        _log.Open(TestTrack.Opening());
        _log.Confirm([new SegmentKey(TestTrack.Epoch, 11, 20, "old")], isSealed: false);
        _log.EndConfirming(TestTrack.Epoch);
        _log.Append(TestTrack.Batch(31, 5, retainedFrom: 31));
        Assert.Equal([(1UL, 10UL), (21UL, 30UL)], StoreAll().Markers.Select(m => (m.Gap.FirstIndex, m.Gap.LastIndex)));
    }

    [Fact]
    public void Packets_given_up_are_taken_when_they_come_after_all()
    {
        OpenConfirmed();
        _log.Append(TestTrack.Batch(1, 10));
        _log.Append(TestTrack.Batch(21, 10, retainedFrom: 21));
        StoreAll();
        Assert.Equal(30UL, _log.Append(TestTrack.Empty(31)).StoredIndex);

        AppendResult back = _log.Append(TestTrack.Batch(8, 8));
        Assert.Equal((AppendStatus.Accepted, 31UL, 10UL), (back.Status, back.ExpectedIndex, back.StoredIndex));
        _log.Append(TestTrack.Batch(16, 8));
        StoreAll().AssertComplete(30);
        Assert.Equal(30UL, _log.Append(TestTrack.Empty(31)).StoredIndex);
    }

    [Fact]
    public void A_spool_brings_what_was_given_up_while_it_was_away_once()
    {
        OpenConfirmed();
        _log.Append(TestTrack.Batch(1, 10));
        _log.Append(TestTrack.Batch(21, 10, retainedFrom: 21));
        StoreAll();

        AppendResult back = _log.Append(TestTrack.Batch(6, 20, fence: 0));
        Assert.Equal((AppendStatus.Accepted, 31UL, 10UL), (back.Status, back.ExpectedIndex, back.StoredIndex));
        StoreAll().AssertComplete(30);
        Assert.Equal(30UL, _log.Append(TestTrack.Batch(6, 20, fence: 0)).StoredIndex);
        Assert.False(_log.IsOpen);
    }

    [Fact]
    public void A_spool_is_believed_more_than_a_gateway_that_says_that_all_before_it_is_stored()
    {
        _log.Open(TestTrack.Opening(firstUnstored: 31));
        Assert.Equal((AppendStatus.Rewind, 0), (_log.Append(TestTrack.Batch(11, 10, fence: 0)).Status, _log.Append(TestTrack.Batch(11, 10, fence: 0)).WindowBytes));
        _log.Confirm([new SegmentKey(TestTrack.Epoch, 1, 10, "a"), new SegmentKey(TestTrack.Epoch, 21, 30, "a")], isSealed: false);
        _log.EndConfirming(TestTrack.Epoch);

        Assert.Equal(10UL, _log.Append(TestTrack.Batch(11, 10, fence: 0)).StoredIndex);
        Assert.Equal(10UL, _log.Append(TestTrack.Batch(1, 10, fence: 0)).StoredIndex);
        Assert.Equal(10, StoreAll().Packets.Count);
        Assert.Equal(30UL, _log.Append(TestTrack.Empty(31)).StoredIndex);
    }

    [Fact]
    public void What_an_older_link_holds_of_a_session_of_its_own_is_taken_after_a_takeover()
    {
        // Without rtp_ack each stream is a session: nobody else has these packets.
        OpenConfirmed(epoch: 7);
        _log.Append(TestTrack.Batch(1, 10, epoch: 7));
        _log.Open(TestTrack.Opening(epoch: 8, fence: 5));
        _log.EndConfirming(8);
        Assert.Equal(AppendStatus.Accepted, _log.Append(TestTrack.Batch(1, 10, epoch: 8, fence: 5)).Status);
        Assert.Equal((AppendStatus.Accepted, 21UL), (_log.Append(TestTrack.Batch(11, 10, epoch: 7)).Status, _log.Append(TestTrack.Empty(21, epoch: 7)).ExpectedIndex));
        Assert.Equal(AppendStatus.Accepted, _log.Open(TestTrack.Opening(firstUnstored: 1, epoch: 7)).Status);
        Assert.Equal(30, StoreAll().Packets.Count);
        Assert.Equal(0, _log.Late);
    }

    [Fact]
    public void What_a_spool_brings_is_taken_though_the_track_is_sealed_and_all_else_is_late()
    {
        OpenConfirmed();
        _log.Append(TestTrack.Batch(1, 10));
        StoreAll();
        _log.Seal();
        Assert.Equal(AppendStatus.Sealed, _log.Append(TestTrack.Batch(11, 10)).Status);
        Assert.Equal(AppendStatus.Accepted, _log.Open(TestTrack.Opening(firstUnstored: 11) with { IsLate = true }).Status);
        _log.Confirm([], isSealed: true);
        Assert.Equal(AppendStatus.Accepted, _log.Append(TestTrack.Batch(11, 10)).Status);
        Assert.Equal(AppendStatus.Sealed, _log.Append(TestTrack.Batch(1, 10, epoch: 8)).Status);
        Assert.Equal(20, StoreAll().Packets.Count);
        Assert.Equal(20, _log.Late);
    }

    [Fact]
    public void An_older_fence_is_refused_and_a_newer_one_takes_over()
    {
        OpenConfirmed();
        _log.Append(TestTrack.Batch(1, 10, fence: 5));
        Assert.Equal(AppendStatus.Fenced, _log.Append(TestTrack.Batch(11, 10, fence: 4)).Status);
        Assert.Equal(AppendStatus.Fenced, _log.Open(TestTrack.Opening(fence: 4)).Status);
        Assert.Equal(21UL, _log.Append(TestTrack.Batch(11, 10, fence: 5)).ExpectedIndex);
    }

    [Fact]
    public void Opening_again_keeps_what_is_held()
    {
        OpenConfirmed();
        _log.Append(TestTrack.Batch(1, 10));
        AppendResult again = _log.Open(TestTrack.Opening(firstUnstored: 1, fence: 2));
        Assert.Equal((11UL, 0UL), (again.ExpectedIndex, again.StoredIndex));
        StoreAll().AssertComplete(10);
    }

    [Fact]
    public void An_open_that_knows_more_to_be_stored_moves_on()
    {
        OpenConfirmed();
        _log.Append(TestTrack.Batch(1, 10));
        AppendResult again = _log.Open(TestTrack.Opening(firstUnstored: 21, fence: 2));
        Assert.Equal((21UL, 20UL), (again.ExpectedIndex, again.StoredIndex));
        _log.Append(TestTrack.Batch(21, 10, fence: 2));
        StoredTrack stored = StoreAll();
        Assert.Equal(20, stored.Packets.Count);
    }

    [Fact]
    public void Opening_as_another_track_is_an_error()
    {
        OpenConfirmed();
        var error = Assert.Throws<RecordingException>(() => _log.Open(TestTrack.Opening() with { TrackId = "bob-audio" }));
        Assert.Equal(RecordingErrorCode.ProtocolViolation, error.Code);
    }

    [Fact]
    public void A_header_that_is_no_message_is_an_error() => Assert.Equal(
        RecordingErrorCode.ProtocolViolation,
        Assert.Throws<RecordingException>(() => _log.Open(TestTrack.Opening() with { Header = [0xFF, 0xFF, 0xFF] })).Code);

    [Fact]
    public void Epochs_never_share_a_segment()
    {
        OpenConfirmed();
        OpenConfirmed(epoch: 8);
        _log.Append(TestTrack.Batch(1, 10));
        _log.Append(TestTrack.Batch(1, 5, epoch: 8));
        _log.Append(TestTrack.Batch(11, 10));
        StoredTrack stored = StoreAll();
        stored.AssertComplete(20);
        stored.AssertComplete(5, epoch: 8);
        Assert.Equal(2, stored.Sections.Count);
    }

    [Fact]
    public void Skipped_runs_count_as_held()
    {
        OpenConfirmed();
        byte[] blocks = [.. TestTrack.DataBlock(1, 3), .. TestTrack.SkippedBlock(4, 100), .. TestTrack.DataBlock(101, 2)];
        AppendResult result = _log.Append(TestTrack.Batch(1, 102, blocks));
        Assert.Equal((AppendStatus.Accepted, 103UL), (result.Status, result.ExpectedIndex));
        StoredTrack stored = StoreAll();
        stored.AssertComplete(102);
        Assert.Equal(102UL, _log.Append(TestTrack.Empty(103)).StoredIndex);
    }

    [Fact]
    public void A_skipped_run_is_trimmed_at_the_front()
    {
        OpenConfirmed();
        _log.Append(TestTrack.Batch(1, 50));
        Assert.Equal(101UL, _log.Append(TestTrack.Batch(41, 60, TestTrack.SkippedBlock(41, 100))).ExpectedIndex);
        StoreAll().AssertComplete(100);
    }

    public static TheoryData<string> Damages => new("bit", "cut", "count", "first", "epoch", "tail", "negative", "zero-index", "wrap", "oversize", "index-block");

    [Theory]
    [MemberData(nameof(Damages))]
    public void Damaged_or_mismatched_batches_are_refused_and_leave_no_trace(string damage)
    {
        OpenConfirmed();
        TrackBatch good = TestTrack.Batch(1, 10);
        byte[] flipped = [.. good.Blocks];
        flipped[60] ^= 4;
        TrackBatch bad = damage switch
        {
            "bit" => TestTrack.Batch(1, 10, flipped),
            "cut" => TestTrack.Batch(1, 10, good.Blocks[..^1]),
            "count" => TestTrack.Batch(1, 9, good.Blocks),
            "first" => TestTrack.Batch(1, 10, TestTrack.DataBlock(2, 10)),
            "epoch" => TestTrack.Batch(1, 10, TestTrack.DataBlock(1, 10, epoch: 8)),
            "tail" => TestTrack.Batch(1, 10, [.. good.Blocks, 0]),
            "negative" => TestTrack.Batch(1, -1, good.Blocks),
            "zero-index" => TestTrack.Batch(0, 10, good.Blocks),
            "wrap" => TestTrack.Batch(ulong.MaxValue, 10, good.Blocks),
            "oversize" => TestTrack.Batch(1, 10, new byte[_options.MaxBatchBytes + 1]),
            _ => TestTrack.Batch(1, 10, [.. good.Blocks, .. MakeIndexBlock()]),
        };

        AppendResult result = _log.Append(bad);
        Assert.Equal((AppendStatus.Malformed, 1UL), (result.Status, result.ExpectedIndex));
        Assert.Equal((1L, 0L, 0), (_log.MalformedBatches, _log.GetFigures().Packets, _log.UnstoredBytes));
        Assert.Equal(AppendStatus.Accepted, _log.Append(good).Status);
    }

    private static byte[] MakeIndexBlock()
    {
        byte[] block = new byte[BlockHeader.Size + BlockHeader.TrailerSize];
        Block.Write(block, new BlockHeader(BlockKind.Index, BlockFlags.None, 0, 0, TestTrack.Epoch, 11, 0, 0), []);
        return block;
    }

    [Fact]
    public void Beyond_the_window_batches_are_refused_until_something_is_stored()
    {
        OpenConfirmed();
        ulong next = 1;
        AppendResult result;
        do
        {
            result = _log.Append(TestTrack.Batch(next, 20));
            next = result.ExpectedIndex;
        }
        while (result.Status == AppendStatus.Accepted);

        Assert.Equal((AppendStatus.Rewind, 0), (result.Status, result.WindowBytes));
        Assert.InRange(_log.UnstoredBytes, _options.WindowBytes, _options.WindowBytes + 4096);
        TakeAll().ForEach(Put);
        result = _log.Append(TestTrack.Batch(next, 20));
        Assert.Equal(AppendStatus.Accepted, result.Status);
        Assert.Equal(_options.WindowBytes, result.WindowBytes);
        StoreAll().AssertComplete(result.ExpectedIndex - 1);
    }

    [Fact]
    public void A_sealed_track_acknowledges_and_counts_what_comes_late()
    {
        OpenConfirmed();
        _log.Append(TestTrack.Batch(1, 10));
        _log.Seal();
        AppendResult late = _log.Append(TestTrack.Batch(11, 5));
        Assert.Equal((AppendStatus.Sealed, 16UL, 15UL), (late.Status, late.ExpectedIndex, late.StoredIndex));
        Assert.Equal(5, _log.GetFigures().Late);
        StoreAll().AssertComplete(10);
    }

    [Fact]
    public void A_sealed_object_in_the_listing_ends_the_track()
    {
        _log.Open(TestTrack.Opening());
        _log.Append(TestTrack.Batch(1, 10));
        _log.Confirm([], isSealed: true);
        Assert.Equal(AppendStatus.Sealed, _log.Append(TestTrack.Batch(11, 5)).Status);
        Assert.Equal(15, _log.GetFigures().Late);
        Assert.Empty(StoreAll().Packets);
    }

    [Fact]
    public void Segments_are_cut_by_size_and_by_age()
    {
        OpenConfirmed();
        ulong next = 1;
        while (_log.PendingSegments == 0)
        {
            next = _log.Append(TestTrack.Batch(next, 10)).ExpectedIndex;
            foreach (TrackSegment segment in TakeAll())
            {
                Assert.InRange(segment.Length, _options.SegmentBytes, _options.SegmentBytes + 2000);
            }
        }

        _log.Append(TestTrack.Batch(next, 10));
        _time.Advance(TimeSpan.FromSeconds(1.9));
        _log.Cut(_options.SegmentInterval);
        Assert.Empty(TakeAll());
        _time.Advance(TimeSpan.FromSeconds(0.1));
        _log.Cut(_options.SegmentInterval);
        Assert.Single(TakeAll());
    }

    [Fact]
    public void While_the_store_is_slow_segments_grow_instead_of_piling_up()
    {
        OpenConfirmed();
        int cut = 0;
        for (ulong first = 1; first <= 100; first++)
        {
            _log.Append(TestTrack.Batch(first, 1));
            _time.Advance(_options.SegmentInterval);
            _log.Cut(_options.SegmentInterval);
            cut += TakeAll().Count;
        }

        Assert.InRange(cut, _options.MaxPendingSegments, _options.MaxPendingSegments + 4);
    }

    [Fact]
    public void Markers_without_packets_get_keys_of_their_own_and_a_repeated_call_adds_none()
    {
        OpenConfirmed();
        _log.Append(TestTrack.Batch(1, 10));
        StoreAll();
        TrackBatch pause = TestTrack.Batch(11, 0, TestTrack.MarkerBlock(11, new Marker { TimeUs = 1, Pause = new Marker.Types.Pause { By = "producer" } }));
        TrackBatch resume = TestTrack.Batch(11, 0, TestTrack.MarkerBlock(11, new Marker { TimeUs = 2, Resume = new Marker.Types.Resume { By = "producer" } }));
        _log.Append(pause);
        _log.Append(pause);
        StoreAll();
        _log.Append(resume);
        StoredTrack stored = StoreAll();
        Assert.Equal([1L, 2L], stored.Markers.Select(m => m.TimeUs));
        Assert.Equal(3, _store.Keys.Count);
    }

    [Fact]
    public void An_answer_says_whether_markers_are_still_to_be_stored()
    {
        OpenConfirmed();
        _log.Append(TestTrack.Batch(1, 10));
        StoreAll();
        Assert.False(_log.Append(TestTrack.Empty(11)).HoldsUnstored);
        TrackBatch pause = TestTrack.Batch(11, 0, TestTrack.MarkerBlock(11, new Marker { TimeUs = 1, Pause = new Marker.Types.Pause { By = "producer" } }));
        Assert.True(_log.Append(pause).HoldsUnstored);
        _log.Cut(TimeSpan.Zero);
        List<TrackSegment> segments = TakeAll();
        Assert.True(_log.Append(TestTrack.Empty(11)).HoldsUnstored);
        Put(Assert.Single(segments));
        Assert.False(_log.Append(TestTrack.Empty(11)).HoldsUnstored);
    }

    [Fact]
    public void A_new_format_stands_at_the_head_of_later_segments()
    {
        OpenConfirmed();
        var format = new TrackFormat { PayloadTypes = { new PayloadFormat { Pt = 96, Codec = "vp8", ClockRate = 90000 } } };
        _log.Append(TestTrack.Batch(1, 10));
        _log.Append(TestTrack.Batch(11, 10, [.. TestTrack.FormatBlock(11, format), .. TestTrack.DataBlock(11, 10)]));
        StoreAll();
        _log.Append(TestTrack.Batch(21, 10));
        StoredTrack stored = StoreAll();
        Assert.Equal("opus vp8", string.Join(' ', stored.Sections.Select(s => s.Header.Format.PayloadTypes[0].Codec)));
        Assert.All(stored.Sections, s => Assert.Equal(TestTrack.TrackId, s.Header.TrackId));
    }

    [Fact]
    public void Figures_follow_loss_duplicates_and_bytes()
    {
        OpenConfirmed();
        var writer = new DataPayloadWriter();
        ulong[] sent = [1, 2, 2, 5, 4];
        foreach (ulong n in sent)
        {
            writer.TryAdd(TestTrack.StartUs + (long)(n * 20_000), TestTrack.Packet(n));
        }

        byte[] block = new byte[new BlockHeader(BlockKind.Data, BlockFlags.None, writer.Length, 5, TestTrack.Epoch, 1, writer.BaseTimeUs, 0).BlockLength];
        Block.Write(block, new BlockHeader(BlockKind.Data, BlockFlags.None, writer.Length, 5, TestTrack.Epoch, 1, writer.BaseTimeUs, 0), writer.Payload);
        _log.Append(TestTrack.Batch(1, 5, block));
        TrackFigures figures = _log.GetFigures();
        Assert.Equal((5L, 1L, 1L, 1L), (figures.Packets, figures.Lost, figures.Duplicates, figures.Reordered));
        Assert.Equal(sent.Sum(n => TestTrack.Packet(n).Length), figures.Bytes);
        Assert.Equal(TestTrack.StartUs + 100_000, figures.LastTimeUs);
    }

    private static (ulong First, ulong Last) Gap(StoredTrack stored)
    {
        Marker marker = Assert.Single(stored.Markers);
        return (marker.Gap.FirstIndex, marker.Gap.LastIndex);
    }
}
