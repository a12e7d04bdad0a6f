using NSubstitute;
using NSubstitute.ExceptionExtensions;
using Recording.Gateway.Sfu;
using Recording.Gateway.Sfu.Ingest;
using Recording.Gateway.Sfu.Spool;
using Recording.Grains.Abstractions.Tracks;
using Recording.Model;
using Recording.Protocol.Frames;

namespace Recording.Gateway.Tests.Sfu.Spool;

/// <summary>Tracks whose store does not take what they bring.</summary>
public sealed class TrackSpoolTests : IDisposable
{
    private readonly SpoolFixture _fixture = new();
    private readonly List<TestWorld> _worlds = [];

    [Fact]
    public async Task What_was_acknowledged_while_the_store_was_down_is_stored_by_the_next_process_though_the_sfu_is_gone()
    {
        TestWorld world = World();
        TrackIngest ingest = Hold(world);
        List<byte[]> sent = [];
        for (int round = 0; round < 40; round++)
        {
            Send(world, ingest, sent, 5);
            await PassAsync(world, TimeSpan.FromMilliseconds(500));
        }

        await UntilAsync(world, () => ingest.DurableIndex >= 150, "the spool acknowledges");
        Assert.Empty(world.Track().Stored);
        ulong acknowledged = ingest.DurableIndex;
        await world.Recording.Received().TrackSpooled("anna-audio", 5);

        // kill -9: what the grain held in memory is gone as well.
        TestWorld next = Next(world);
        ModelTrackGrain grain = next.Track();
        await UntilAsync(next, () =>
        {
            grain.Store();
            return grain.Stored.Count >= (int)acknowledged && next.Spool!.Tracks == 0;
        }, "all that was acknowledged is stored");
        for (ulong index = 1; index <= acknowledged; index++)
        {
            Assert.Equal(sent[(int)index - 1], Assert.Single(grain.Stored[(5, index)]));
        }

        Assert.Empty(grain.Lost);
        await next.Recording.Received().TrackSpooled("anna-audio", 5);
        await UntilAsync(next, () => next.Recording.ReceivedCalls().Any(static c => c.GetMethodInfo().Name == "TrackHandedOn"), "the recording waits for the link again");
        await next.Recording.Received().TrackHandedOn("anna-audio", 5, Arg.Is<ulong>(last => last >= acknowledged));
    }

    [Fact]
    public async Task What_was_acknowledged_from_the_spool_is_brought_although_the_sfu_went_on_behind_it_at_another_gateway()
    {
        TestWorld world = World();
        List<byte[]> sent = [];
        await AcknowledgedAsync(world, sent);

        // The other gateway's packets begin at 31, so the track took 1 to 30 for lost.
        TestWorld next = Next(world);
        ModelTrackGrain grain = next.Track();
        await grain.Open(new TrackOpening { Fence = 4, RecordingId = "rec", Prefix = "rooms/r/rec/", TrackId = "anna-audio", Header = [], Epoch = 5, FirstUnstored = 41 });
        await UntilAsync(next, () =>
        {
            grain.Store();
            return grain.Stored.Count >= 30 && next.Spool!.Tracks == 0;
        }, "what only the spool holds is stored");
        Assert.Equal(sent, Enumerable.Range(1, 30).Select(index => Assert.Single(grain.Stored[(5, (ulong)index)])).ToArray());
    }

    [Fact]
    public async Task A_session_that_ended_is_drained_by_the_next_process()
    {
        TestWorld world = World();
        TrackIngest ingest = Hold(world);
        List<byte[]> sent = [];
        Send(world, ingest, sent, 20);
        ingest.EndAt(20);
        await UntilAsync(world, () => ingest.DurableIndex == 20, "all is acknowledged");
        await PassAsync(world, TimeSpan.FromSeconds(1));

        TestWorld next = Next(world);
        await UntilAsync(next, () =>
        {
            next.Track().Store();
            return next.Recording.ReceivedCalls().Any(static c => c.GetMethodInfo().Name == "TrackDrained");
        }, "the session is drained");
        await next.Recording.Received(1).TrackDrained("anna-audio", 5, 20);
        Assert.Equal(20, next.Track().Stored.Count);
    }

    [Fact]
    public async Task The_stream_of_a_killed_process_is_over_for_its_recording_although_nothing_was_in_the_spool()
    {
        TestWorld world = World();
        TrackIngest ingest = Hold(world, IngestKind.Packets);
        Assert.Equal(PacketVerdict.Kept, ingest.Add(TestWorld.Rtp(1), world.NowUs, false, world.NowUs));
        await PassAsync(world, TimeSpan.FromSeconds(1));
        world.Track().Store();
        await UntilAsync(world, () => Directory.EnumerateFiles(_fixture.Root, SpoolFolder.JournalName, SearchOption.AllDirectories).Any(static f => new FileInfo(f).Length > 0), "the journal");

        TestWorld next = Next(world);
        await UntilAsync(next, () => next.Recording.ReceivedCalls().Any(static c => c.GetMethodInfo().Name == "TrackDrained"), "the dead stream is over");
    }

    [Fact]
    public async Task An_end_that_a_killed_process_may_have_reported_is_not_taken_back_until_a_link_brings_more()
    {
        TestWorld world = World();
        TrackIngest ingest = Hold(world);
        List<byte[]> sent = [];
        Send(world, ingest, sent, 5);
        await PassAsync(world, TimeSpan.FromSeconds(1));
        world.Track().Store();
        await UntilAsync(world, () => ingest.DurableIndex == 5, "all is stored");
        await UntilAsync(world, () => Directory.EnumerateFiles(_fixture.Root, SpoolFolder.JournalName, SearchOption.AllDirectories).Any(static f => new FileInfo(f).Length > 0), "the journal");

        TestWorld next = Next(world);
        await UntilAsync(next, () => next.Recording.ReceivedCalls().Any(static c => c.GetMethodInfo().Name == "TrackHandedOn"), "the recording hears of it");
        await PassAsync(next, TimeSpan.FromSeconds(5));
        await next.Recording.Received(1).TrackHandedOn("anna-audio", 5, 0);
        await next.Recording.DidNotReceiveWithAnyArgs().TrackResumed(default!, default);

        TrackIngest found = Found(next);
        found.Attach(new LinkFence(9), null, static _ => false);
        Send(next, found, sent, 5);
        await UntilAsync(next, () => next.Recording.ReceivedCalls().Any(static c => c.GetMethodInfo().Name == "TrackResumed"), "the link brings more");
    }

    [Fact]
    public async Task An_sfu_that_comes_back_goes_on_behind_what_was_found_on_disk()
    {
        TestWorld world = World();
        List<byte[]> sent = [];
        await AcknowledgedAsync(world, sent);

        TestWorld next = Next(world);
        TrackIngest found = Found(next);
        found.Attach(new LinkFence(9), null, static _ => false);
        Assert.Equal(31u, found.NextIndex);
        Send(next, found, sent, 10);
        await UntilAsync(next, () =>
        {
            next.Track().Store();
            return next.Track().Stored.Count == 40;
        }, "old and new packets are stored");
        Assert.Empty(next.Track().Lost);
    }

    [Fact]
    public async Task What_the_killed_process_stored_and_the_sfu_sends_again_is_let_go()
    {
        TestWorld world = World();
        List<byte[]> sent = [];
        await AcknowledgedAsync(world, sent);

        // It was killed before the SFU heard that more is stored.
        TestWorld next = Next(world);
        List<byte[]> more = Packets(sent, 30, 40);
        for (int i = 0; i < more.Count; i++)
        {
            next.Track().Stored.Add((5, (ulong)(31 + i)), [more[i]]);
        }

        TrackIngest found = Found(next);
        await UntilAsync(next, () =>
        {
            next.Track().Store();
            return found.IsStored;
        }, "what only the spool holds is stored");
        Assert.Equal(60u, found.DurableIndex);

        found.Attach(new LinkFence(9), null, static _ => false);
        Assert.Equal(PacketVerdict.Kept, AddBatch(next, found, 31, more));
        found.EndAt(60);
        await UntilAsync(next, () => found.IsDrained, "nothing is kept that is stored");
        Assert.All(next.Track().Stored.Values, static copies => Assert.Single(copies));
    }

    [Fact]
    public async Task One_track_that_never_answers_stalls_nobody_with_and_without_acknowledgement()
    {
        TestWorld world = World(static o => o.BufferBytes = 1 << 20);
        world.Track("rec/stuck").FailBefore = static () => new TimeoutException();
        foreach (IngestKind kind in new[] { IngestKind.Packets, IngestKind.Acknowledged })
        {
            TrackIngest stuck = Hold(world, kind, kind == IngestKind.Packets ? 1ul : 2, "stuck");
            TrackIngest other = Hold(world, kind, kind == IngestKind.Packets ? 1ul : 2, $"other-{kind}");
            List<byte[]> sent = [];
            List<byte[]> sentOther = [];
            for (int round = 0; round < 300; round++)
            {
                // 3 MiB in all: twelve times what a track may hold in memory.
                Feed(world, stuck, kind, sent, 10, 1000);
                Feed(world, other, kind, sentOther, 1, 100);
                await UntilAsync(world, () => !stuck.IsFull && stuck.RetainedBytes < world.Options.TrackQuota * 3 / 4, "the stuck track goes to disk");
                Assert.False(other.IsFull);
                world.Track($"rec/other-{kind}").Store();
            }

            await UntilAsync(world, () =>
            {
                world.Track($"rec/other-{kind}").Store();
                return other.IsStored;
            }, "the other track is stored");
            Assert.Equal(300, world.Track($"rec/other-{kind}").Stored.Count);
        }

        world.Track("rec/stuck").FailBefore = static () => null;
        await UntilAsync(world, () =>
        {
            world.Track("rec/stuck").Store();
            return world.Track("rec/stuck").Stored.Count == 6000;
        }, "the stuck track is stored once it answers");
        Assert.Empty(world.Track("rec/stuck").Lost);
    }

    [Fact]
    public async Task A_full_spool_closes_the_window_and_opens_it_again()
    {
        TestWorld world = World(static o => o.BufferBytes = 256 << 10, static s => s.MaxBytes = 100_000);
        TrackIngest ingest = Hold(world);
        List<byte[]> sent = [];
        uint window = uint.MaxValue;
        await UntilAsync(world, () =>
        {
            AddBatch(world, ingest, (ulong)sent.Count + 1, Packets(sent, 5, 1000));
            if (ingest.NextIndex <= (ulong)sent.Count)
            {
                sent.RemoveRange((int)ingest.NextIndex - 1, sent.Count - (int)ingest.NextIndex + 1);
            }

            if (ingest.TryTakeAck(out _, out uint bytes))
            {
                window = bytes;
            }

            return world.Spool!.State == SpoolState.Full && window < 6000;
        }, "the window closes");
        await UntilAsync(world, () =>
        {
            world.Track().Store();
            if (ingest.TryTakeAck(out _, out uint bytes))
            {
                window = bytes;
            }

            return world.Spool!.State == SpoolState.Taking && window > 20_000 && ingest.IsStored;
        }, "the window opens and all is stored");
        Assert.Equal(sent.Count, world.Track().Stored.Count);
        Assert.Empty(world.Track().Lost);
    }

    [Fact]
    public async Task A_track_that_another_gateway_has_taken_over_still_brings_what_it_acknowledged()
    {
        TestWorld world = World();
        List<byte[]> sent = [];
        TrackIngest ingest = await AcknowledgedAsync(world, sent);
        world.Track().Answer = AppendStatus.Fenced;
        await UntilAsync(world, () => ingest.IsFenced, "the other gateway's fence is seen");
        Assert.Equal(PacketVerdict.Late, AddBatch(world, ingest, 31, [TestWorld.Rtp(31)]));

        world.Track().Answer = null;
        await UntilAsync(world, () =>
        {
            world.Track().Store();
            return world.Track().Stored.Count == 30 && world.Spool!.Tracks == 0;
        }, "what was acknowledged is stored");
        Assert.Equal(0u, world.Track().Openings[^1].Fence);
        await UntilAsync(world, () => world.Recording.ReceivedCalls().Last().GetMethodInfo().Name == "TrackHandedOn", "the recording waits for the other link");
        await world.Recording.Received().TrackHandedOn("anna-audio", 5, 30);
        await world.Recording.DidNotReceive().TrackDrained("anna-audio", 5, Arg.Any<ulong>());
    }

    [Fact]
    public async Task What_was_acknowledged_is_announced_again_and_brought_late_when_its_track_is_sealed()
    {
        TestWorld world = World();
        List<byte[]> sent = [];
        await AcknowledgedAsync(world, sent);
        world.Recording.ClearReceivedCalls();
        world.Track().Answer = AppendStatus.Sealed;
        await UntilAsync(world, () => world.Recording.ReceivedCalls().Any(static c => c.GetMethodInfo().Name == "TrackSpooled"), "the recording hears of it again");
        world.Track().Answer = null;
        await UntilAsync(world, () =>
        {
            world.Track().Store();
            return world.Track().Stored.Count == 30;
        }, "it is brought late");
        Assert.True(world.Track().Openings[^1].IsLate);
    }

    [Theory]
    [InlineData(nameof(IngestKind.Reports))]
    [InlineData(nameof(IngestKind.Packets))]
    public async Task The_end_of_a_spool_is_said_although_the_recording_never_answered_that_it_knows_of_it(string kindOfTrack)
    {
        IngestKind kind = Enum.Parse<IngestKind>(kindOfTrack);

        // The call failed after its word was taken: the state is stored with the next change, and the recording waits for the spool.
        TestWorld world = World();
        world.Recording.TrackSpooled(default!, default).ThrowsAsyncForAnyArgs(new TimeoutException());
        TrackIngest ingest = Hold(world, kind);
        Feed(world, ingest, kind, [], 3, 40);
        await UntilAsync(world, () => world.Recording.ReceivedCalls().Any(static c => c.GetMethodInfo().Name == "TrackSpooled"), "the recording is told");
        ingest.EndNow();
        await UntilAsync(world, () =>
        {
            world.Track().Store();
            return world.Recording.ReceivedCalls().Any(static c => c.GetMethodInfo().Name == "TrackDrained");
        }, "the recording hears of the end");
        await world.Recording.Received().TrackDrained("anna-audio", 5, 3);
    }

    [Fact]
    public async Task What_is_on_disk_for_a_recording_that_is_gone_is_let_go()
    {
        TestWorld world = World();
        await AcknowledgedAsync(world, []);

        TestWorld next = Next(world);
        next.Recording.TrackSpooled(default!, default).ThrowsAsyncForAnyArgs(new RecordingException(RecordingErrorCode.NoSuchRecording, "deleted"));
        await UntilAsync(next, () => next.Spool!.Tracks == 0, "nothing is kept for it");
        Assert.Empty(next.Track().Stored);
    }

    public void Dispose()
    {
        _worlds.ForEach(static w => w.End());
        _fixture.Dispose();
    }

    private static TrackIngest Hold(TestWorld world, IngestKind kind = IngestKind.Acknowledged, ulong epoch = 5, string trackId = "anna-audio") =>
        world.Ingests.Hold(new IngestKey("rec", trackId, epoch), () => world.Ingest(kind, epoch, TestWorld.Identity with { TrackId = trackId }));

    /// <summary>The track that was adopted from the killed process.</summary>
    private static TrackIngest Found(TestWorld next) =>
        next.Ingests.Hold(new IngestKey("rec", "anna-audio", 5), static () => throw new InvalidOperationException("it was adopted"));

    /// <summary>A track whose packets lie in the spool, all acknowledged.</summary>
    private static async Task<TrackIngest> AcknowledgedAsync(TestWorld world, List<byte[]> sent)
    {
        TrackIngest ingest = Hold(world);
        Send(world, ingest, sent, 30);
        await UntilAsync(world, () => ingest.DurableIndex == 30, "all is acknowledged");
        return ingest;
    }

    private static List<byte[]> Packets(List<byte[]> sent, int count, int payload)
    {
        List<byte[]> packets = [.. Enumerable.Range(sent.Count, count).Select(i => TestWorld.Rtp((ushort)i, payload: payload))];
        sent.AddRange(packets);
        return packets;
    }

    private static void Send(TestWorld world, TrackIngest ingest, List<byte[]> sent, int count) =>
        Assert.Equal(PacketVerdict.Kept, AddBatch(world, ingest, (ulong)sent.Count + 1, Packets(sent, count, 40)));

    private static void Feed(TestWorld world, TrackIngest ingest, IngestKind kind, List<byte[]> sent, int count, int payload)
    {
        ulong first = (ulong)sent.Count + 1;
        List<byte[]> packets = Packets(sent, count, payload);
        if (kind == IngestKind.Acknowledged)
        {
            Assert.Equal(PacketVerdict.Kept, AddBatch(world, ingest, first, packets));
            return;
        }

        foreach (byte[] packet in packets)
        {
            Assert.Equal(PacketVerdict.Kept, ingest.Add(packet, world.NowUs, false, world.NowUs));
        }
    }

    private static PacketVerdict AddBatch(TestWorld world, TrackIngest ingest, ulong first, List<byte[]> packets)
    {
        var batch = new RtpBatchFrame
        {
            TrackHandle = 1,
            FirstIndex = first,
            Count = (uint)packets.Count,
            BaseTimeUs = world.NowUs,
            Packets = TestWorld.Payload(world.NowUs, packets),
        };
        return ingest.AddBatch(batch, world.NowUs, world.NowUs);
    }

    private static async Task PassAsync(TestWorld world, TimeSpan duration)
    {
        for (TimeSpan passed = TimeSpan.Zero; passed < duration; passed += TimeSpan.FromMilliseconds(100))
        {
            world.Time.Advance(TimeSpan.FromMilliseconds(100));
            world.Ingests.Tick();
            await Task.Yield();
        }
    }

    private static Task UntilAsync(TestWorld world, Func<bool> condition, string what) => Eventually.True(
        () =>
        {
            world.Ingests.Tick();
            return condition();
        },
        what,
        world.Time,
        TimeSpan.FromMilliseconds(100));

    private TestWorld World(Action<SfuLinkOptions>? links = null, Action<SpoolOptions>? spool = null, TestWorld? killed = null)
    {
        SpoolOptions options = _fixture.Options();
        spool?.Invoke(options);
        var world = new TestWorld(links, options, killed);
        _worlds.Add(world);
        return world;
    }

    /// <summary>Another process after the first was killed.</summary>
    private TestWorld Next(TestWorld killed)
    {
        killed.Spool!.Abandon();
        return World(killed: killed);
    }
}
