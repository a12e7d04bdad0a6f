using NSubstitute;
using Recording.Grains.Abstractions.Rooms;
using Wire = Recording.Protocol.Sfu;

namespace Recording.Gateway.Tests.Sfu;

/// <summary>A gateway that takes a link over fetches what the SFU still holds of tracks that ended before.</summary>
public sealed class TrackTailTests
{
    private static readonly string[] s_ack = ["rtp_batch", "rtp_ack"];

    private readonly TestWorld _world = new();

    [Fact]
    public async Task Rest_of_an_ended_track_is_fetched_stored_acknowledged_and_reported()
    {
        LinkHarness link = Link();
        await link.RegisterAsync(77, s_ack);

        link.Link.OnDirective(Ended(link, 1, Tail("p1")));

        await link.UntilSent(static m => m.SubscribeTrack is { ProducerId: "p1", RecordingId: "sfu-rec-9", ResumeFrom: 1 }, "subscribe_track");
        string requestId = link.Stream.Sent.Single(static m => m.SubscribeTrack is not null).RequestId;
        link.Stream.Deliver(new Wire.SfuToRecording { RequestId = requestId, TrackSubscribed = new Wire.TrackSubscribed { RoomId = "room", ProducerId = "p1", TrackHandle = 5 } });
        link.Batch(5, 41, TestWorld.Rtp(41), TestWorld.Rtp(42));
        link.Stream.Deliver(new Wire.SfuToRecording { TrackEnded = new Wire.TrackEnded { TrackHandle = 5, LastIndex = 42 } });
        ModelTrackGrain grain = _world.Track("rec/p1-audio");
        await link.Until(() => grain.Batches.Sum(static b => b.Count) == 2, "appended");
        grain.Store();
        await link.UntilSent(static m => m.RtpAck is { TrackHandle: 5, DurableIndex: 42 }, "ack");
        await link.Until(() => _world.Room().Events.OfType<TailStored>().Any(), "reported");

        TailStored stored = Assert.Single(_world.Room().Events.OfType<TailStored>());
        Assert.Equal(("rec", "p1-audio"), (stored.RecordingId, stored.TrackId));
        Assert.Equal(new ulong[] { 41, 42 }, grain.Stored.Keys.Where(static k => k.Epoch == 77).Select(static k => k.Index).Order());
        await _world.Recording.Received().TrackDrained("p1-audio", 77, 42);
        Assert.Empty(link.Errors);
    }

    [Fact]
    public async Task Track_that_ended_on_this_connection_is_not_asked_for_again_and_is_reported_when_it_is_stored()
    {
        LinkHarness link = Link();
        await link.RegisterAsync(77, s_ack);
        await link.RecordAsync(withHandles: true, "p1");
        link.Batch(1, 1, TestWorld.Rtp(1));

        link.Link.OnDirective(Ended(link, 9, Tail("p1")));
        await link.UntilSent(static m => m.StopRecording is not null, "stop");
        link.Stream.Deliver(new Wire.SfuToRecording { TrackEnded = new Wire.TrackEnded { TrackHandle = 1, LastIndex = 1 } });
        ModelTrackGrain grain = _world.Track("rec/p1-audio");
        await link.Until(() => grain.Batches.Sum(static b => b.Count) == 1, "appended");
        Assert.Empty(_world.Room().Events.OfType<TailStored>());
        grain.Store();
        await link.Until(() => _world.Room().Events.OfType<TailStored>().Any(), "reported");

        Assert.Single(link.Stream.Sent, static m => m.SubscribeTrack is not null);
    }

    [Fact]
    public async Task Room_hears_of_the_end_only_after_the_recording()
    {
        // Killed in between, this gateway would leave a recording that waits for an end, and a room that has it fetched by nobody.
        bool isRecordingAway = true;
        _world.Recording.TrackDrained(default!, default, default).ReturnsForAnyArgs(_ => isRecordingAway ? Task.FromException(new TimeoutException()) : Task.CompletedTask);
        LinkHarness link = Link();
        await link.RegisterAsync(77, s_ack);
        await link.RecordAsync(withHandles: true, "p1");
        link.Batch(1, 1, TestWorld.Rtp(1));
        link.Link.OnDirective(Ended(link, 9, Tail("p1")));
        link.Stream.Deliver(new Wire.SfuToRecording { TrackEnded = new Wire.TrackEnded { TrackHandle = 1, LastIndex = 1 } });
        ModelTrackGrain grain = _world.Track("rec/p1-audio");
        await link.Until(() => grain.Batches.Sum(static b => b.Count) == 1, "appended");
        grain.Store();
        await link.UntilSent(static m => m.RtpAck is { TrackHandle: 1, DurableIndex: 1 }, "ack");
        await link.PassAsync(TimeSpan.FromSeconds(10));
        await _world.Recording.ReceivedWithAnyArgs().TrackDrained(default!, default, default);
        Assert.Empty(_world.Room().Events.OfType<TailStored>());

        isRecordingAway = false;
        await link.Until(() => _world.Room().Events.OfType<TailStored>().Any(), "reported");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Room_hears_of_the_end_only_after_the_SFU_has_read_its_last_acknowledgement(bool answersHeartbeats)
    {
        // A connection that breaks takes along what was on its way: the next one has to say it again.
        LinkHarness link = Link();
        await link.RegisterAsync(77, s_ack);
        await link.RecordAsync(withHandles: true, "p1");
        link.Batch(1, 1, TestWorld.Rtp(1));
        link.Link.OnDirective(Ended(link, 9, Tail("p1")));
        ModelTrackGrain grain = _world.Track("rec/p1-audio");
        await link.Until(() => grain.Batches.Sum(static b => b.Count) == 1, "appended");
        link.Stream.AnswersHeartbeats = false;
        link.Stream.Deliver(new Wire.SfuToRecording { TrackEnded = new Wire.TrackEnded { TrackHandle = 1, LastIndex = 1 } });
        grain.Store();
        await link.UntilSent(static m => m.RtpAck is { TrackHandle: 1, DurableIndex: 1 }, "ack");
        await link.UntilSent(m => m.Heartbeat is { } beat && beat.Timestamp * 1000 >= _world.NowUs - 1_000_000, "a heartbeat at once");
        await link.Until(() => _world.Recording.ReceivedCalls().Any(static c => c.GetMethodInfo().Name == "TrackDrained"), "the recording knows");
        long since = _world.NowUs;
        await link.Until(() => _world.NowUs > since + 1_000_000, "a second has passed");
        Assert.Empty(_world.Room().Events.OfType<TailStored>());

        if (answersHeartbeats)
        {
            Wire.Heartbeat last = link.Stream.Sent.Last(static m => m.Heartbeat is not null).Heartbeat;
            link.Stream.Deliver(new Wire.SfuToRecording { HeartbeatAck = new Wire.HeartbeatAck { Timestamp = last.Timestamp } });
            await link.Until(() => _world.Room().Events.OfType<TailStored>().Any(), "reported");
            return;
        }

        // Other messages keep the link up.
        for (int second = 0; second < 20 && !_world.Room().Events.OfType<TailStored>().Any(); second++)
        {
            int read = link.Stream.Read;
            link.Event(new Wire.RecordingRoomEvent { PeerJoined = new Wire.PeerJoined { PeerId = $"peer-{second}" } });
            await link.Until(() => link.Stream.Read > read, "read");
            _world.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.False(link.Run.IsCompleted, "the link is up");
        await link.Until(() => _world.Room().Events.OfType<TailStored>().Any(), "reported");
    }

    [Fact]
    public async Task Sfu_that_holds_nothing_any_more_ends_the_search()
    {
        LinkHarness link = Link();
        await link.RegisterAsync(77, s_ack);

        link.Link.OnDirective(Ended(link, 1, Tail("p1"), Tail("p2")));

        await link.Until(() => link.Stream.Sent.Count(static m => m.SubscribeTrack is not null) == 2, "subscribe_track");
        Wire.RecordingToSfu[] asked = [.. link.Stream.Sent.Where(static m => m.SubscribeTrack is not null)];
        link.Stream.Deliver(new Wire.SfuToRecording { RequestId = asked[0].RequestId, Error = new Wire.RecordingError { Code = 3001, RoomId = "room", Message = "gone" } });
        link.Stream.Deliver(new Wire.SfuToRecording { RequestId = asked[1].RequestId, TrackSubscribed = new Wire.TrackSubscribed { RoomId = "room", ProducerId = "p2", TrackHandle = 6 } });
        link.Stream.Deliver(new Wire.SfuToRecording { TrackEnded = new Wire.TrackEnded { TrackHandle = 6, LastIndex = 30 } });
        await link.Until(() => _world.Room().Events.OfType<TailStored>().Count() == 2, "reported");

        Assert.Empty(_world.Room().Events.OfType<SfuError>());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rest_of_a_track_of_a_complete_recording_is_acknowledged_and_not_stored(bool replays)
    {
        LinkHarness link = Link();
        await link.RegisterAsync(77, s_ack);

        link.Link.OnDirective(Ended(link, 1, Tail("p1") with { CompleteAtUs = 1 }));

        await link.UntilSent(static m => m.SubscribeTrack is { ProducerId: "p1" }, "subscribe_track");
        string requestId = link.Stream.Sent.Single(static m => m.SubscribeTrack is not null).RequestId;
        link.Stream.Deliver(new Wire.SfuToRecording { RequestId = requestId, TrackSubscribed = new Wire.TrackSubscribed { RoomId = "room", ProducerId = "p1", TrackHandle = 5 } });
        if (replays)
        {
            // Acknowledged at once: an SFU whose ring is larger than the window goes on only then.
            link.Batch(5, 41, TestWorld.Rtp(41), TestWorld.Rtp(42));
            await link.UntilSent(static m => m.RtpAck is { TrackHandle: 5, DurableIndex: 42 }, "ack of what was replayed");
            Assert.Empty(_world.Room().Events.OfType<TailStored>());
        }

        link.Stream.Deliver(new Wire.SfuToRecording { TrackEnded = new Wire.TrackEnded { TrackHandle = 5, LastIndex = 43 } });
        await link.UntilSent(static m => m.RtpAck is { TrackHandle: 5, DurableIndex: 43 }, "last ack");
        await link.Until(() => _world.Room().Events.OfType<TailStored>().Any(), "reported");
        link.Link.OnDirective(Ended(link, 2));
        await link.PassAsync(TimeSpan.FromSeconds(10));

        Assert.Empty(_world.Track("rec/p1-audio").Batches);
        Assert.DoesNotContain(link.Stream.Sent, static m => m.Replay is not null);
        Assert.Empty(link.Errors);
    }

    private LinkHarness Link()
    {
        var link = new LinkHarness(_world);
        link.Stream.AnswersHeartbeats = true;
        return link;
    }

    private static TrackTail Tail(string producer) => new()
    {
        RecordingId = "rec",
        Prefix = "rooms/room/rec/",
        SfuRecordingId = "sfu-rec-9",
        Track = new TrackDirective { ProducerId = producer, TrackId = $"{producer}-audio", PeerId = $"peer-{producer}", Kind = "audio" },
    };

    private static RoomDirective Ended(LinkHarness link, long version, params TrackTail[] tails) =>
        new() { RoomId = "room", LinkKey = link.Key, Version = version, State = WantedState.Idle, RecordingId = "rec", Tails = tails };
}
