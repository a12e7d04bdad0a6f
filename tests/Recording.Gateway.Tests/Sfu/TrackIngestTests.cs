using FsCheck.Xunit;
using Recording.Gateway.Sfu;
using Recording.Gateway.Sfu.Ingest;
using Recording.Grains.Abstractions.Tracks;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;
using Recording.Protocol.Frames;

namespace Recording.Gateway.Tests.Sfu;

public sealed class TrackIngestTests
{
    private readonly TestWorld _world = new();

    [Property(MaxTest = 20)]
    public void Every_packet_is_stored_once_whatever_calls_and_activations_do(int seed)
    {
        var random = new Random(seed);
        var world = new TestWorld();
        ModelTrackGrain grain = world.Track();
        grain.FailBefore = () => random.Next(8) == 0 ? new TimeoutException() : null;
        grain.FailAfter = () => random.Next(8) == 0 ? new TimeoutException() : null;
        TrackIngest ingest = world.Ingest(IngestKind.Packets);
        var sent = new List<byte[]>();
        for (int step = 0; step < 400; step++)
        {
            for (int n = random.Next(30); n > 0; n--)
            {
                byte[] packet = TestWorld.Rtp((ushort)sent.Count, payload: random.Next(1200));
                sent.Add(packet);
                Assert.Equal(PacketVerdict.Kept, ingest.Add(packet, world.NowUs, arrivalTime: false, world.NowUs));
            }

            switch (random.Next(12))
            {
                case 0:
                    grain.Kill();
                    break;
                case <= 3:
                    grain.Store();
                    break;
            }

            world.Run(ingest, TimeSpan.FromMilliseconds(random.Next(200)));
        }

        grain.FailBefore = grain.FailAfter = static () => null;
        for (int round = 0; round < 20 && !ingest.IsStored; round++)
        {
            world.Run(ingest, TimeSpan.FromSeconds(1));
            grain.Store();
            world.Run(ingest, TimeSpan.FromSeconds(2));
        }

        Assert.True(ingest.IsStored);
        Assert.Equal((ulong)sent.Count, ingest.DurableIndex);
        Assert.Empty(grain.Lost);
        AssertStored(grain, 5, sent);
        Assert.Equal(0, world.Memory.Used);
    }

    [Property(MaxTest = 20)]
    public void Every_batch_is_stored_once_though_the_sfu_repeats_and_reorders(int seed)
    {
        var random = new Random(seed);
        var world = new TestWorld();
        ModelTrackGrain grain = world.Track();
        grain.FailAfter = () => random.Next(6) == 0 ? new TimeoutException() : null;
        TrackIngest ingest = world.Ingest(IngestKind.Acknowledged);
        List<byte[]> sent = [.. Enumerable.Range(0, 600).Select(i => TestWorld.Rtp((ushort)i, payload: random.Next(300)))];
        int position = 0;
        int replays = 0;
        while (position < sent.Count)
        {
            // Like a ring: sends on, jumps ahead now and then as if a message were lost, and goes back when asked.
            int count = Math.Min(random.Next(1, 20), sent.Count - position);
            if (position == 0 || random.Next(10) != 0)
            {
                AddBatch(ingest, world, (ulong)position + 1, sent.GetRange(position, count));
            }

            position += count;
            if (random.Next(15) == 0)
            {
                position = Math.Max(0, position - random.Next(40));
            }

            if (random.Next(20) == 0)
            {
                grain.Kill();
            }

            grain.Store();
            world.Run(ingest, TimeSpan.FromMilliseconds(120));
            if (position >= sent.Count || ingest.TryTakeReplay(out _))
            {
                position = Math.Min(position, (int)ingest.NextIndex - 1);
                replays++;
                Assert.True(replays < 2000, "the SFU is asked for replays without end");
            }
        }

        ingest.EndAt((ulong)sent.Count);
        grain.FailAfter = static () => null;
        for (int round = 0; round < 10; round++)
        {
            grain.Store();
            world.Run(ingest, TimeSpan.FromSeconds(2));
        }

        Assert.True(ingest.IsDrained);
        AssertStored(grain, 5, sent);
    }

    [Fact]
    public void Batch_of_the_sfu_goes_through_unchanged()
    {
        TrackIngest ingest = _world.Ingest(IngestKind.Acknowledged);
        byte[][] packets = [TestWorld.Rtp(1), TestWorld.Rtp(2)];

        AddBatch(ingest, _world, 1, packets);
        _world.Run(ingest, TimeSpan.FromMilliseconds(200));

        TrackBatch batch = Assert.Single(_world.Track().Batches);
        var sequence = new BlockSequence(batch.Blocks, 5, 1);
        Assert.True(sequence.Read());
        Assert.Equal(TestWorld.Payload(_world.NowUs, packets), sequence.Payload.ToArray());
        Assert.Equal(BlockFlags.None, sequence.Header.Flags);
    }

    [Fact]
    public void Bad_packet_keeps_its_index_and_nothing_else()
    {
        TrackIngest ingest = _world.Ingest(IngestKind.Packets, foreign: static ssrc => ssrc == 0xBAD);

        Assert.Equal(PacketVerdict.Kept, ingest.Add(TestWorld.Rtp(1), _world.NowUs, false, _world.NowUs));
        Assert.Equal(PacketVerdict.Malformed, ingest.Add([1, 2, 3], _world.NowUs, false, _world.NowUs));
        Assert.Equal(PacketVerdict.Malformed, ingest.Add([], _world.NowUs, false, _world.NowUs));
        Assert.Equal(PacketVerdict.Oversize, ingest.Add(TestWorld.Rtp(2, payload: 65_535), _world.NowUs, false, _world.NowUs));
        Assert.Equal(PacketVerdict.Foreign, ingest.Add(TestWorld.Rtp(3, ssrc: 0xBAD), _world.NowUs, false, _world.NowUs));
        Assert.Equal(PacketVerdict.Kept, ingest.Add(TestWorld.Rtp(4), _world.NowUs, false, _world.NowUs));
        StoreAll(ingest);

        AssertStored(_world.Track(), 5, [TestWorld.Rtp(1), [], [], [], [], TestWorld.Rtp(4)]);
    }

    [Fact]
    public void Bad_packet_in_a_batch_leaves_the_others_as_they_are()
    {
        TrackIngest ingest = _world.Ingest(IngestKind.Acknowledged);

        PacketVerdict verdict = AddBatch(ingest, _world, 1, [TestWorld.Rtp(1), [9, 9], TestWorld.Rtp(2)]);
        StoreAll(ingest);

        Assert.Equal(PacketVerdict.Malformed, verdict);
        AssertStored(_world.Track(), 5, [TestWorld.Rtp(1), [], TestWorld.Rtp(2)]);
    }

    [Fact]
    public void Batch_that_is_cut_short_keeps_the_indexes_it_announced()
    {
        TrackIngest ingest = _world.Ingest(IngestKind.Batches);
        byte[] whole = TestWorld.Payload(_world.NowUs, [TestWorld.Rtp(1), TestWorld.Rtp(2), TestWorld.Rtp(3)]);

        PacketVerdict verdict = ingest.AddBatch(new RtpBatchFrame { FirstIndex = 1, Count = 3, BaseTimeUs = _world.NowUs, Packets = whole.AsSpan(0, whole.Length - 60) }, _world.NowUs, _world.NowUs);
        AddBatch(ingest, _world, 4, [TestWorld.Rtp(4)]);
        StoreAll(ingest);

        Assert.Equal(PacketVerdict.Malformed, verdict);
        AssertStored(_world.Track(), 5, [TestWorld.Rtp(1), [], [], TestWorld.Rtp(4)]);
    }

    [Theory]
    [InlineData(0UL, 1u)]
    [InlineData(1UL, 0u)]
    [InlineData(1UL, 4_000_000_000u)]
    [InlineData(ulong.MaxValue, 1u)]
    public void Batch_whose_indexes_make_no_sense_is_refused(ulong first, uint count)
    {
        TrackIngest ingest = _world.Ingest(IngestKind.Acknowledged);

        Assert.Equal(PacketVerdict.BadBatch, ingest.AddBatch(new RtpBatchFrame { FirstIndex = first, Count = count, BaseTimeUs = 1, Packets = [0, 0] }, _world.NowUs, _world.NowUs));
        Assert.Equal(1UL, ingest.NextIndex);
    }

    [Fact]
    public void Hole_that_the_sfu_declares_is_passed_on_as_lost()
    {
        TrackIngest ingest = _world.Ingest(IngestKind.Acknowledged);
        AddBatch(ingest, _world, 1, [TestWorld.Rtp(1), TestWorld.Rtp(2)]);

        Assert.Equal(PacketVerdict.Kept, AddBatch(ingest, _world, 10, [TestWorld.Rtp(10)], lostBefore: 7));
        StoreAll(ingest);

        Assert.Equal([3UL, 4, 5, 6, 7, 8, 9], _world.Track().Lost);
        Assert.Equal(10UL, ingest.DurableIndex);
    }

    [Fact]
    public void Hole_that_nobody_declared_is_asked_for_again()
    {
        TrackIngest ingest = _world.Ingest(IngestKind.Acknowledged);
        AddBatch(ingest, _world, 1, [TestWorld.Rtp(1)]);

        Assert.Equal(PacketVerdict.Discarded, AddBatch(ingest, _world, 5, [TestWorld.Rtp(5)]));

        Assert.True(ingest.TryTakeReplay(out ulong from));
        Assert.Equal(2UL, from);
        Assert.False(ingest.TryTakeReplay(out _));
    }

    [Fact]
    public void First_batch_after_a_takeover_is_the_oldest_there_is()
    {
        ModelTrackGrain grain = _world.Track();
        TrackIngest ingest = _world.Ingest(IngestKind.Acknowledged);

        Assert.Equal(PacketVerdict.Kept, AddBatch(ingest, _world, 501, [TestWorld.Rtp(1)]));
        StoreAll(ingest);

        Assert.Equal(501UL, grain.Batches[0].RetainedFrom);
        Assert.Equal(501UL, ingest.DurableIndex);
    }

    [Fact]
    public void Window_closes_when_nothing_is_stored_and_a_replay_is_asked_for_when_it_opens()
    {
        var world = new TestWorld(static o => o.BufferBytes = 8 * 20_000);
        TrackIngest ingest = world.Ingest(IngestKind.Acknowledged);
        ulong next = 1;
        PacketVerdict verdict = PacketVerdict.Kept;
        while (verdict == PacketVerdict.Kept)
        {
            verdict = AddBatch(ingest, world, next, [TestWorld.Rtp((ushort)next, payload: 1000)]);
            next += verdict == PacketVerdict.Kept ? 1UL : 0;
            world.Run(ingest, TimeSpan.FromMilliseconds(20));
            Assert.True(ingest.RetainedBytes <= 20_000 + 1200);
        }

        Assert.Equal(PacketVerdict.Discarded, verdict);
        Assert.False(ingest.TryTakeReplay(out _));
        Assert.True(ingest.TryTakeAck(out ulong durable, out uint window));
        Assert.Equal(0UL, durable);
        Assert.True(window < 1200);

        world.Run(ingest, TimeSpan.FromSeconds(1));
        world.Track().Store();
        world.Run(ingest, TimeSpan.FromSeconds(2));

        Assert.True(ingest.TryTakeReplay(out ulong from));
        Assert.Equal(next, from);
        Assert.True(ingest.TryTakeAck(out durable, out window));
        Assert.Equal(next - 1, durable);
        Assert.Equal(20_000u, window);
    }

    [Fact]
    public async Task Track_that_is_full_says_when_there_is_room_again()
    {
        var world = new TestWorld(static o => o.BufferBytes = 8 * 20_000);
        TrackIngest ingest = world.Ingest(IngestKind.Packets);
        ushort sequence = 0;
        while (!ingest.IsFull)
        {
            ingest.Add(TestWorld.Rtp(sequence++, payload: 1000), world.NowUs, false, world.NowUs);
            world.Run(ingest, TimeSpan.FromMilliseconds(20));
        }

        Task room = ingest.WhenRoom();
        world.Run(ingest, TimeSpan.FromSeconds(1));
        Assert.False(room.IsCompleted);

        world.Track().Store();
        world.Run(ingest, TimeSpan.FromSeconds(2));
        await room.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.False(ingest.IsFull);
    }

    [Fact]
    public void Paused_recording_stores_no_media_and_marks_both_ends()
    {
        TrackIngest ingest = _world.Ingest(IngestKind.Packets);
        ingest.Add(TestWorld.Rtp(1), _world.NowUs, false, _world.NowUs);
        ingest.SetPaused(true, "recording", _world.NowUs);
        Assert.Equal(PacketVerdict.Paused, ingest.Add(TestWorld.Rtp(2), _world.NowUs, false, _world.NowUs));
        ingest.SetPaused(false, "recording", _world.NowUs);
        ingest.Add(TestWorld.Rtp(3), _world.NowUs, false, _world.NowUs);
        StoreAll(ingest);

        AssertStored(_world.Track(), 5, [TestWorld.Rtp(1), [], TestWorld.Rtp(3)]);
        Assert.Equal([Marker.WhatOneofCase.Pause, Marker.WhatOneofCase.Resume], _world.Track().Markers.Select(static m => m.WhatCase));
    }

    [Fact]
    public void Paused_batch_becomes_a_skipped_run()
    {
        TrackIngest ingest = _world.Ingest(IngestKind.Acknowledged);
        ingest.SetPaused(true, "recording", _world.NowUs);
        Assert.Equal(PacketVerdict.Paused, AddBatch(ingest, _world, 1, [TestWorld.Rtp(1), TestWorld.Rtp(2)]));
        StoreAll(ingest);

        AssertStored(_world.Track(), 5, [[], []]);
        Assert.Contains(_world.Track().Markers, static m => m.Skipped is { FirstIndex: 1, LastIndex: 2, Reason: "paused" });
    }

    [Fact]
    public void Sealed_track_acknowledges_what_comes_late_and_keeps_nothing()
    {
        _world.Track().Answer = AppendStatus.Sealed;
        TrackIngest ingest = _world.Ingest(IngestKind.Acknowledged);
        AddBatch(ingest, _world, 1, [TestWorld.Rtp(1), TestWorld.Rtp(2)]);
        _world.Run(ingest, TimeSpan.FromMilliseconds(200));

        Assert.Equal(AppendStatus.Sealed, ingest.Closed);
        Assert.Equal(0, _world.Memory.Used);
        Assert.True(ingest.TryTakeAck(out ulong durable, out _));
        Assert.Equal(2UL, durable);
        Assert.Equal(PacketVerdict.Late, AddBatch(ingest, _world, 3, [TestWorld.Rtp(3)]));
    }

    [Fact]
    public void Fenced_track_acknowledges_only_what_was_stored_and_is_never_drained()
    {
        TrackIngest ingest = _world.Ingest(IngestKind.Acknowledged);
        AddBatch(ingest, _world, 1, [TestWorld.Rtp(1)]);
        StoreAll(ingest);
        Assert.True(ingest.TryTakeAck(out _, out _));
        _world.Track().Answer = AppendStatus.Fenced;
        AddBatch(ingest, _world, 2, [TestWorld.Rtp(2), TestWorld.Rtp(3)]);
        _world.Run(ingest, TimeSpan.FromMilliseconds(200));

        Assert.Equal(AppendStatus.Fenced, ingest.Closed);
        Assert.Equal(1UL, ingest.DurableIndex);
        ingest.RepeatAck();
        Assert.False(ingest.TryTakeAck(out _, out _));
        ingest.EndAt(3);
        Assert.False(ingest.IsDrained);
        Assert.Equal(0, _world.Memory.Used);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Call_that_a_newer_fence_of_our_own_overtook_is_only_said_again(bool opened)
    {
        ModelTrackGrain grain = _world.Track();
        var fence = new LinkFence(7);
        var ingest = new TrackIngest(_world.Context, TestWorld.Identity, fence, 5, IngestKind.Packets);
        if (opened)
        {
            ingest.Add(TestWorld.Rtp(1), _world.NowUs, false, _world.NowUs);
            _world.Run(ingest, TimeSpan.FromMilliseconds(200));
        }

        int calls = 0;
        grain.FailBefore = () =>
        {
            // A sibling of this track came through under the fence that was taken while this call was under way.
            fence.RaiseTo(8);
            grain.Answer = calls++ == 0 ? AppendStatus.Fenced : null;
            return null;
        };
        ingest.Add(TestWorld.Rtp(2), _world.NowUs, false, _world.NowUs);
        StoreAll(ingest);

        Assert.Null(ingest.Closed);
        AssertStored(grain, 5, opened ? [TestWorld.Rtp(1), TestWorld.Rtp(2)] : [TestWorld.Rtp(2)]);
    }

    [Fact]
    public void Batch_is_left_to_the_sfu_while_the_memory_of_the_process_is_used_up()
    {
        var world = new TestWorld(static o => o.BufferBytes = 8 * 20_000);
        TrackIngest ingest = world.Ingest(IngestKind.Acknowledged);
        world.Memory.Take(8 * 20_000);

        Assert.Equal(PacketVerdict.Discarded, AddBatch(ingest, world, 1, [TestWorld.Rtp(1)]));
        Assert.Equal(0, ingest.RetainedBytes);
        Assert.False(ingest.TryTakeReplay(out _));
        Assert.True(ingest.TryTakeAck(out _, out uint window));
        Assert.Equal(0u, window);

        world.Memory.Give(8 * 20_000);
        Assert.True(ingest.TryTakeReplay(out ulong from));
        Assert.Equal(1UL, from);
        Assert.Equal(PacketVerdict.Kept, AddBatch(ingest, world, 1, [TestWorld.Rtp(1)]));
    }

    [Theory]
    [InlineData(2UL, false)]
    [InlineData(1UL, true)]
    public void Gap_before_a_batch_that_is_written_anew_is_seen_once(ulong first, bool overlaps)
    {
        TrackIngest ingest = _world.Ingest(IngestKind.Acknowledged, keyframes: new KeyframePacer(0));
        AddBatch(ingest, _world, 1, [TestWorld.Rtp(1)]);
        Assert.Equal(PacketVerdict.Malformed, AddBatch(ingest, _world, first, [.. overlaps ? [TestWorld.Rtp(1)] : Array.Empty<byte[]>(), TestWorld.Rtp(3), [9, 9]]));

        _world.Run(ingest, TimeSpan.FromSeconds(1.1));
        Assert.True(ingest.TryTakeKeyframeRequest(out uint ssrc));
        Assert.Equal(0xCAFEu, ssrc);
    }

    [Fact]
    public void Packet_that_is_held_already_fills_no_gap_when_it_is_seen_again()
    {
        TrackIngest ingest = _world.Ingest(IngestKind.Acknowledged, keyframes: new KeyframePacer(0));
        AddBatch(ingest, _world, 1, [TestWorld.Rtp(1), TestWorld.Rtp(3)]);
        AddBatch(ingest, _world, 2, [TestWorld.Rtp(3), TestWorld.Rtp(4)]);

        _world.Run(ingest, TimeSpan.FromSeconds(1.1));
        Assert.True(ingest.TryTakeKeyframeRequest(out _));
    }

    [Fact]
    public void Track_without_announced_end_is_drained_after_two_seconds_of_silence()
    {
        TrackIngest ingest = _world.Ingest(IngestKind.Packets);
        ingest.Add(TestWorld.Rtp(1), _world.NowUs, false, _world.NowUs);
        _world.Run(ingest, TimeSpan.FromMilliseconds(200));
        ingest.End();
        _world.Run(ingest, TimeSpan.FromMilliseconds(1500));
        ingest.Add(TestWorld.Rtp(2), _world.NowUs, false, _world.NowUs);
        _world.Run(ingest, TimeSpan.FromMilliseconds(1500));
        _world.Track().Store();
        Assert.False(ingest.IsDrained);

        _world.Run(ingest, TimeSpan.FromSeconds(2));

        Assert.True(ingest.IsDrained);
        Assert.True(_world.Track().Flushes > 0);
    }

    [Fact]
    public void Track_with_announced_end_is_drained_only_when_its_last_index_is_stored()
    {
        TrackIngest ingest = _world.Ingest(IngestKind.Acknowledged);
        AddBatch(ingest, _world, 1, [TestWorld.Rtp(1)]);
        ingest.EndAt(2);
        _world.Track().Store();
        _world.Run(ingest, TimeSpan.FromSeconds(10));
        _world.Track().Store();
        _world.Run(ingest, TimeSpan.FromSeconds(2));
        Assert.False(ingest.IsDrained);
        Assert.True(ingest.TryTakeReplay(out ulong from));
        Assert.Equal(2UL, from);

        AddBatch(ingest, _world, 2, [TestWorld.Rtp(2)]);
        StoreAll(ingest);

        Assert.True(ingest.IsDrained);
    }

    [Fact]
    public void New_ssrc_in_mid_track_is_announced_by_a_format_block_and_a_new_header()
    {
        TrackIngest ingest = _world.Ingest(IngestKind.Packets);
        ingest.Add(TestWorld.Rtp(1, ssrc: 1), _world.NowUs, false, _world.NowUs);
        _world.Run(ingest, TimeSpan.FromMilliseconds(200));
        ingest.Add(TestWorld.Rtp(2, ssrc: 2), _world.NowUs, false, _world.NowUs);
        StoreAll(ingest);

        ModelTrackGrain grain = _world.Track();
        Assert.Equal(2, grain.Openings.Count);
        Assert.Equal([1u, 2u], TrackHeader.Parser.ParseFrom(grain.Openings[1].Header).Format.Encodings.Select(static e => e.Ssrc));
        Assert.Equal([BlockKind.Data, BlockKind.Format, BlockKind.Data], grain.Blocks.Select(static b => b.Kind));
    }

    [Fact]
    public void Time_of_arrival_is_flagged_in_its_own_block()
    {
        TrackIngest ingest = _world.Ingest(IngestKind.Packets);
        ingest.Add(TestWorld.Rtp(1), _world.NowUs, false, _world.NowUs);
        ingest.Add(TestWorld.Rtp(2), _world.NowUs, true, _world.NowUs);
        StoreAll(ingest);

        Assert.Equal([BlockFlags.None, BlockFlags.ArrivalTime], _world.Track().Blocks.Select(static b => b.Flags));
    }

    [Fact]
    public void Malformed_answer_costs_one_batch_and_no_index()
    {
        ModelTrackGrain grain = _world.Track();
        TrackIngest ingest = _world.Ingest(IngestKind.Packets);
        ingest.Add(TestWorld.Rtp(1), _world.NowUs, false, _world.NowUs);
        _world.Run(ingest, TimeSpan.FromMilliseconds(200));
        ingest.Add(TestWorld.Rtp(2), _world.NowUs, false, _world.NowUs);
        grain.Answer = AppendStatus.Malformed;
        _world.Run(ingest, TimeSpan.FromMilliseconds(120));
        grain.Answer = null;
        ingest.Add(TestWorld.Rtp(3), _world.NowUs, false, _world.NowUs);
        StoreAll(ingest);

        AssertStored(grain, 5, [TestWorld.Rtp(1), [], TestWorld.Rtp(3)]);
    }

    [Fact]
    public void One_append_is_in_flight_and_what_comes_meanwhile_forms_the_next()
    {
        ModelTrackGrain grain = _world.Track();
        TrackIngest ingest = _world.Ingest(IngestKind.Packets);
        for (ushort i = 0; i < 10; i++)
        {
            ingest.Add(TestWorld.Rtp(i), _world.NowUs, false, _world.NowUs);
        }

        Assert.Empty(grain.Batches);
        _world.Run(ingest, TimeSpan.FromMilliseconds(120));
        Assert.Equal(10, Assert.Single(grain.Batches).Count);

        for (ushort i = 0; i < 600; i++)
        {
            ingest.Add(TestWorld.Rtp(i, payload: 1000), _world.NowUs, false, _world.NowUs);
        }

        Assert.InRange(grain.Batches.Count, 5, 8);
        Assert.All(grain.Batches, static b => Assert.InRange(b.Blocks.Length, 1, BatchBuilder.MaxLength));
    }

    private static PacketVerdict AddBatch(TrackIngest ingest, TestWorld world, ulong first, IReadOnlyCollection<byte[]> packets, ulong lostBefore = 0) =>
        ingest.AddBatch(
            new RtpBatchFrame
            {
                FirstIndex = first,
                Count = (uint)packets.Count,
                BaseTimeUs = world.NowUs,
                Packets = TestWorld.Payload(world.NowUs, packets),
                LostBefore = lostBefore,
            },
            world.NowUs,
            world.NowUs);

    private static void AssertStored(ModelTrackGrain grain, ulong epoch, List<byte[]> sent)
    {
        Assert.Equal(sent.Count, grain.Stored.Count);
        for (int i = 0; i < sent.Count; i++)
        {
            Assert.Equal(sent[i], Assert.Single(grain.Stored[(epoch, (ulong)i + 1)]));
        }
    }

    private void StoreAll(TrackIngest ingest)
    {
        for (int round = 0; round < 5; round++)
        {
            _world.Run(ingest, TimeSpan.FromMilliseconds(500));
            _world.Track().Store();
            _world.Run(ingest, TimeSpan.FromSeconds(1.2));
        }

        Assert.True(ingest.IsStored);
    }
}
