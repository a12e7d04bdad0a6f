using NSubstitute;
using Recording.Gateway.Sfu.Ingest;
using Recording.Gateway.Sfu.Links;
using Recording.Grains.Abstractions.Rooms;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;
using Recording.Model;
using Wire = Recording.Protocol.Sfu;

namespace Recording.Gateway.Tests.Sfu;

/// <summary>What links remember, log and queue stays bounded; what ends, ends whatever the grains do.</summary>
public sealed class LinkBoundsTests
{
    private static readonly string[] s_ack = ["rtp_batch", "rtp_ack", "resync"];

    private readonly TestWorld _world = new();

    [Fact]
    public async Task Sfu_that_reads_nothing_is_closed_and_told_everything_again_by_the_next_link()
    {
        var link = new LinkHarness(_world);
        await link.RegisterAsync(77, s_ack);
        await link.RecordAsync(withHandles: true, "p1");
        link.Stream.Reading = new TaskCompletionSource().Task;
        for (int i = 0; i < 4200; i++)
        {
            link.Link.OnDirective(new RoomDirective { RoomId = $"room-{i}", LinkKey = link.Key, Version = 1, State = WantedState.Recording, RecordingId = $"rec-{i}" });
        }

        link.Directive(WantedState.Idle);
        await link.Until(() => link.Run.IsCompleted, "closed");
        Assert.Equal(RecordingErrorCode.HeartbeatLost, (await link.Run).Code);
        Assert.DoesNotContain(link.Stream.Sent, static m => m.StopRecording is not null);

        var next = new LinkHarness(_world);
        await next.RegisterAsync(77, s_ack);
        next.Directive(WantedState.Idle);
        await next.UntilSent(static m => m.StopRecording is { RoomId: "room" }, "stop");
    }

    [Fact]
    public async Task Epochs_end_although_the_lease_cannot_be_given_back()
    {
        var link = new LinkHarness(_world, dialled: false);
        await link.RegisterAsync();
        await link.RecordAsync(withHandles: false, "p1");
        link.Packet("p1", TestWorld.Rtp(1));
        ModelTrackGrain grain = _world.Track("rec/p1-audio");
        await link.Until(() => grain.Batches.Sum(static b => b.Count) == 1, "appended");
        _world.Link.Release(default!, default).ReturnsForAnyArgs(new TaskCompletionSource().Task);
        grain.Store();

        link.Stream.End();
        await link.Until(() => _world.Recording.ReceivedCalls().Any(static c => c.GetMethodInfo().Name == "TrackDrained"), "drained");
        await link.Until(() => link.Run.IsCompleted, "ended");
    }

    [Fact]
    public void Room_that_was_just_opened_is_not_forgotten()
    {
        LinkContinuity continuity = _world.Services.HoldContinuity("id:sfu-1");
        Assert.NotNull(continuity.Open("room"));
        continuity.Tick();
        Assert.Equal(["room"], continuity.Rooms);

        continuity.Open("room").IsLinkUp = false;
        continuity.Tick();
        Assert.Empty(continuity.Rooms);
    }

    [Fact]
    public async Task Sfu_that_is_gone_for_ten_minutes_is_forgotten()
    {
        var link = new LinkHarness(_world, dialled: false);
        await link.RegisterAsync();
        link.Stream.End();
        await link.Until(() => link.Run.IsCompleted, "ended");
        _world.Time.Advance(TimeSpan.FromMinutes(9));
        _world.Services.Tick();
        Assert.Equal(1, _world.Services.RememberedSfus);

        _world.Time.Advance(TimeSpan.FromMinutes(2));
        _world.Services.Tick();
        Assert.Equal(0, _world.Services.RememberedSfus);
    }

    [Fact]
    public void Sfu_that_somebody_holds_is_never_forgotten()
    {
        LinkContinuity first = _world.Services.HoldContinuity("dial:sfu:1");
        first.Fence.RaiseTo(4);
        _world.Time.Advance(TimeSpan.FromHours(1));
        _world.Services.Tick();
        Assert.Same(first, _world.Services.HoldContinuity("dial:sfu:1"));

        first.Unhold();
        first.Unhold();
        _world.Time.Advance(TimeSpan.FromHours(1));
        Assert.True(first.TryForget());
        LinkContinuity second = _world.Services.HoldContinuity("dial:sfu:1");
        Assert.NotSame(first, second);
        Assert.Equal(0UL, second.Fence.Value);
    }

    [Fact]
    public async Task Codec_is_known_after_thousands_of_producers_came_and_went()
    {
        var link = new LinkHarness(_world);
        await link.RegisterAsync(77, s_ack);
        for (int i = 0; i < 4200; i++)
        {
            link.Event(new Wire.RecordingRoomEvent { ProducerCreated = new Wire.ProducerCreated { ProducerId = $"old-{i}", PeerId = "anna", Kind = "audio", Codec = "opus", PayloadType = 111, Ssrc = (uint)(i + 1) } });
            link.Event(new Wire.RecordingRoomEvent { ProducerClosed = new Wire.ProducerClosed { ProducerId = $"old-{i}" } });
        }

        await link.RecordAsync(withHandles: true, "p1");
        link.Batch(1, 1, TestWorld.Rtp(1, ssrc: 5));
        ModelTrackGrain grain = _world.Track("rec/p1-audio");
        await link.Until(() => grain.Blocks.Any(static b => b.Kind == BlockKind.Data), "appended");
        Assert.Contains(TrackHeader.Parser.ParseFrom(grain.Openings[^1].Header).Format.PayloadTypes, static p => p is { Pt: 111, Codec: "opus" });
        Assert.DoesNotContain(link.Errors, static e => e.Code == 3003);
    }

    [Fact]
    public void Ssrc_is_remembered_for_as_long_as_a_producer_claims_it()
    {
        LinkTracks tracks = Tracks();
        var format = new TrackFormat { Encodings = { new EncodingFormat { Ssrc = 5 }, new EncodingFormat { Ssrc = 6 } } };
        tracks.Announce(format, "a");
        tracks.Announce(format, "b");
        tracks.Retract(format, "a");
        Assert.Equal(2, tracks.Remembered.Announced);
        tracks.Retract(format, "b");
        Assert.Equal(0, tracks.Remembered.Announced);
    }

    [Fact]
    public void Handles_of_the_past_are_remembered_up_to_a_limit()
    {
        LinkTracks tracks = Tracks();
        for (uint handle = 1; handle <= 5000; handle++)
        {
            LinkTrack track = tracks.Add(TestWorld.Identity with { TrackId = $"t{handle}" });
            tracks.SetHandle(track, handle);
            track.Ingest.EndNow();
            track.End();

            // The last acknowledgement goes out before a track is forgotten.
            tracks.Sweep();
            Assert.False(tracks.IsOver(handle));
            track.IsSettled = true;
            tracks.Sweep();
        }

        Assert.Equal(4096, tracks.Remembered.PastHandles);
        Assert.True(tracks.IsOver(5000));
        Assert.False(tracks.IsOver(1));
    }

    [Fact]
    public void Room_that_is_over_stays_so_while_it_is_repeated_and_is_forgotten_afterwards()
    {
        var finished = new FinishedRooms(_world.Time);
        var last = new RoomDirective { RoomId = "room", LinkKey = "x", Version = 3, State = WantedState.Idle, RecordingId = "rec" };
        finished.Add(last);
        for (int i = 0; i < 4; i++)
        {
            _world.Time.Advance(TimeSpan.FromMinutes(5));
            Assert.True(finished.IsOld(last));
            finished.Prune();
        }

        Assert.False(finished.IsOld(last with { Version = 4 }));
        _world.Time.Advance(TimeSpan.FromMinutes(11));
        finished.Prune();
        Assert.Equal(0, finished.Count);
    }

    [Fact]
    public async Task Errors_of_an_sfu_are_logged_once_a_minute_a_kind()
    {
        var link = new LinkHarness(_world);
        await link.RegisterAsync();
        for (int i = 0; i < 200; i++)
        {
            link.Stream.Deliver(new Wire.SfuToRecording { Error = new Wire.RecordingError { Code = 3001 } });
            link.Stream.Deliver(new Wire.SfuToRecording { Error = new Wire.RecordingError { Code = 100_000 + i } });
        }

        await Eventually.True(() => link.Stream.Read >= 401, "read");
        Assert.Equal(2, _world.Logs.Count(17));
    }

    [Fact]
    public async Task Messages_that_cannot_be_handled_are_answered_each_and_logged_once_a_minute()
    {
        _world.Grains.GetGrain<IRoomGrain>("boom", Arg.Any<string?>()).Returns<IRoomGrain>(static _ => throw new InvalidOperationException());
        var link = new LinkHarness(_world);
        await link.RegisterAsync();
        for (int i = 0; i < 10; i++)
        {
            link.Event(new Wire.RecordingRoomEvent { RoomId = "boom", RoomCreated = new Wire.RoomCreated() });
        }

        await link.Until(() => link.Errors.Count(static e => e.Code == 1003) == 10, "errors");
        Assert.Equal(1, _world.Logs.Count(5));
        Assert.False(link.Run.IsCompleted);
    }

    [Fact]
    public async Task Lease_that_cannot_be_renewed_is_logged_once_a_minute()
    {
        var link = new LinkHarness(_world, dialled: false);
        await link.RegisterAsync();
        _world.Link.Renew(default!, default).ReturnsForAnyArgs<Grains.Abstractions.Links.LinkLease>(static _ => throw new TimeoutException());
        int calls = _world.Link.ReceivedCalls().Count();
        for (int i = 0; i < 10; i++)
        {
            int read = link.Stream.Read;
            link.Stream.Deliver([0xFF]);
            await Eventually.True(() => link.Stream.Read > read, "read");
            await Eventually.True(() => _world.Link.ReceivedCalls().Count() > calls, "renewed", _world.Time);
            calls = _world.Link.ReceivedCalls().Count();
        }

        Assert.Equal(1, _world.Logs.Count(14));
    }

    [Fact]
    public void Kind_of_log_message_passes_once_a_minute()
    {
        var gate = new LogGate(_world.Time);
        Assert.True(gate.Opens("a"));
        Assert.False(gate.Opens("a"));
        Assert.True(gate.Opens("b"));
        _world.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(gate.Opens("a"));
        Assert.False(gate.Opens("a"));
    }

    private LinkTracks Tracks()
    {
        var outbox = new LinkOutbox(static () => { });
        var session = new LinkSession(_world.Time, "dial:x", "x", new Recording.Gateway.Sfu.LinkFence(1), SfuCapabilities.Of(s_ack), 1, 2, 3);
        return new LinkTracks(session, _world.Context, _world.Ingests, new LinkViolations(_world.Time, outbox, _world.Metrics, _world.Logs, "x"));
    }
}
