using Recording.Grains.Abstractions.Rooms;
using Recording.Model;

namespace Recording.Grains.Tests.Rooms;

public sealed class RoomGrainTests(RoomCluster cluster) : IClassFixture<RoomCluster>
{
    private const string LinkKey = "id:sfu-grain-test";

    private static StartRecordingCommand ByHost => new() { Requester = Requester.Peer("hana") };

    private async Task<TestGateway> Gateway(string roomId, string? linkKey = null, RecordingPolicy? policy = null)
    {
        var gateway = new TestGateway(cluster, linkKey ?? $"{LinkKey}-{roomId}", roomId);
        await gateway.Acquire();
        await gateway.Attach();
        await gateway.Send(new RoomCreated { TimeUs = TestGateway.Now(), HostId = "hana", Policy = policy ?? Room.Open });
        return gateway;
    }

    private static Task<RoomDirective?> Told(TestGateway gateway, Func<RoomDirective, bool> isMet) =>
        RoomCluster.Until(() => Task.FromResult(gateway.Wanted), wanted => wanted is not null && isMet(wanted));

    private async Task<(TestGateway Gateway, StartResult Start)> Recording(string roomId)
    {
        var gateway = await Gateway(roomId);
        var start = await cluster.Room(roomId).StartRecording(ByHost);
        await Told(gateway, wanted => wanted.State == WantedState.Recording);
        await gateway.Send(new StartAnswered { TimeUs = TestGateway.Now(), RecordingId = start.RecordingId, Success = true });
        return (gateway, start);
    }

    [Fact]
    public async Task A_recording_goes_from_start_to_its_terminal_state()
    {
        var watcher = new TestWatcher();
        await cluster.Room("whole").Watch(cluster.Grains.CreateObjectReference<IRoomObserver>(watcher));
        var (gateway, start) = await Recording("whole");
        await gateway.Send(new ProducerCreated { TimeUs = TestGateway.Now(), Producer = Room.Producer("a", "paul") });
        var wanted = await Told(gateway, wanted => wanted.Tracks.Length == 1);
        Assert.Equal((start.RecordingId, start.Prefix, "paul-audio"), (wanted!.RecordingId, wanted.Prefix, wanted.Tracks[0].TrackId));

        var view = await RoomCluster.Until(() => cluster.Recording(start.RecordingId).GetView(), view => view is { Tracks.Length: 1, Status: RecordingStatus.Recording });
        Assert.Equal("paul", view!.Tracks[0].PeerId);
        await cluster.Room("whole").StopRecording(new StopRecordingCommand { Requester = Requester.Peer("hana") });
        await Told(gateway, wanted => wanted.State == WantedState.Idle);
        await RoomCluster.Until(() => cluster.Recording(start.RecordingId).GetView(), view => view is { EndedBecause: "stopped" });
        GC.KeepAlive(watcher);
        Assert.Contains(watcher.Views, view => view.Status == RecordingStatus.Recording);
        Assert.Contains(watcher.Views, view => view.Status == RecordingStatus.Stopping);
    }

    [Fact]
    public async Task Errors_reach_the_caller_with_their_code()
    {
        var unknown = await Assert.ThrowsAsync<RecordingException>(() => cluster.Room("nowhere").StartRecording(ByHost));
        Assert.Equal(RecordingErrorCode.UnknownRoom, unknown.Code);
        Assert.Null(await cluster.Room("nowhere").GetView());
        await Gateway("codes");
        var refused = await Assert.ThrowsAsync<RecordingException>(() => cluster.Room("codes").StartRecording(new StartRecordingCommand { Requester = Requester.Peer("paul") }));
        Assert.Equal(RecordingErrorCode.NotAuthorizedToRecord, refused.Code);
        var path = await Assert.ThrowsAsync<RecordingException>(() => cluster.Room("codes").StartRecording(ByHost with { Selection = new RecordingSelection { StoragePath = "../state" } }));
        Assert.Equal(RecordingErrorCode.ProtocolViolation, path.Code);
    }

    [Fact]
    public async Task A_refusal_by_the_sfu_reaches_watchers()
    {
        var watcher = new TestWatcher();
        await cluster.Room("refusal").Watch(cluster.Grains.CreateObjectReference<IRoomObserver>(watcher));
        var gateway = await Gateway("refusal");
        var start = await cluster.Room("refusal").StartRecording(ByHost);
        await gateway.Send(new StartAnswered { TimeUs = TestGateway.Now(), RecordingId = start.RecordingId, Success = false, ErrorMessage = "Recording disabled for this room" });

        await RoomCluster.Until(() => Task.FromResult(watcher.Failures.Count), count => count == 1);
        Assert.Equal(RecordingErrorCode.RecordingDisabled, watcher.Failures.Single().Code);
        await Told(gateway, wanted => wanted.State == WantedState.Idle && wanted.RecordingId == start.RecordingId);
        GC.KeepAlive(watcher);
    }

    [Fact]
    public async Task Events_become_durable_and_are_not_asked_for_again_after_a_restart()
    {
        var gateway = await Gateway("durable");
        await gateway.Send(new PeerJoined { TimeUs = TestGateway.Now(), PeerId = "paul", EventIndex = 1 });
        var durable = await RoomCluster.Until(gateway.Ask, result => result.DurableSequence == gateway.Sent);
        Assert.Equal(1UL, durable.DurableEventIndex);

        await cluster.ForgetAll();
        Assert.Equal(gateway.Sent + 1, (await gateway.Ask()).ExpectedSequence);
        Assert.Equal("paul", (await cluster.Room("durable").GetView())!.Peers.Single().PeerId);
    }

    [Fact]
    public async Task An_older_fence_is_refused()
    {
        var older = await Gateway("fences", LinkKey + "-fences");
        var newer = new TestGateway(cluster, LinkKey + "-fences", "fences", "gateway-2");
        await newer.Acquire();
        await RoomCluster.Until(() => Task.FromResult(older.FencedBy.Count), count => count == 1);
        await newer.Send(new PeerJoined { TimeUs = TestGateway.Now(), PeerId = "paul" });

        Assert.True((await older.Send(new PeerLeft { TimeUs = TestGateway.Now(), PeerId = "paul" })).Fenced);
        Assert.False(await older.Attach());
    }

    [Fact]
    public async Task A_live_recording_survives_the_loss_of_every_activation()
    {
        var (gateway, start) = await Recording("phoenix");
        await gateway.Send(new ProducerCreated { TimeUs = TestGateway.Now(), Producer = Room.Producer("a", "paul") });
        var before = await Told(gateway, wanted => wanted.Tracks.Length == 1);
        await cluster.ForgetAll();
        await gateway.Attach();
        await gateway.Send(new ProducerCreated { TimeUs = TestGateway.Now(), Producer = Room.Producer("b", "paul", "video") });

        var after = await Told(gateway, wanted => wanted.Tracks.Length == 2);
        Assert.True(after!.Version > before!.Version);
        Assert.Equal(start.RecordingId, after.RecordingId);
        await RoomCluster.Until(() => cluster.Recording(start.RecordingId).GetView(), view => view is { Tracks.Length: 2 });
    }

    [Fact]
    public async Task A_gateway_that_dies_in_silence_interrupts_the_recording_after_the_grace()
    {
        var (_, start) = await Recording("silence");

        // Nobody attaches any more: the link's grain notices, the room waits for the grace, the recording ends.
        await RoomCluster.Until(() => cluster.Recording(start.RecordingId).GetView(), view => view is { EndedBecause: "link_lost" });
    }

    [Fact]
    public async Task What_is_refused_of_a_track_that_begins_with_the_recording_is_said_once_to_the_sfu_that_sends_it()
    {
        // The recording is being opened when the track is announced: which of them is first is left to chance.
        var gateway = await Gateway("raw", policy: Room.Open with { AutoRecord = true });
        var other = new TestGateway(cluster, $"{LinkKey}-raw-other", "raw");
        await other.Acquire();
        await other.Attach();
        var existing = Room.Producer("a", "paul") with { Codec = "speex" };
        List<RecordingFailure> said = [.. (await gateway.Send(new ProducerCreated { TimeUs = TestGateway.Now(), Producer = existing })).Refusals];
        var wanted = await Told(gateway, wanted => wanted.State == WantedState.Recording);
        said.AddRange((await gateway.Send(new StartAnswered { TimeUs = TestGateway.Now(), RecordingId = wanted!.RecordingId!, Success = true })).Refusals);
        await Told(gateway, wanted => wanted.Tracks.Length == 1);

        Assert.Empty((await other.Ask()).Refusals);
        said.AddRange((await gateway.Ask()).Refusals);
        said.AddRange((await gateway.Ask()).Refusals);
        Assert.Equal(RecordingErrorCode.UnsupportedCodec, Assert.Single(said).Code);
    }

    [Fact]
    public async Task A_participants_request_through_the_sfu_is_answered()
    {
        var gateway = await Gateway("asked");
        var refused = await gateway.Send(new StartRequested { TimeUs = TestGateway.Now(), RequesterId = "paul" });
        Assert.Equal(RecordingErrorCode.NotAuthorizedToRecord, refused.Refusals.Single().Code);
        var accepted = await gateway.Send(new StartRequested { TimeUs = TestGateway.Now(), RequesterId = "hana" });
        Assert.Empty(accepted.Refusals);

        await Told(gateway, wanted => wanted.State == WantedState.Recording && wanted.RequesterId == "hana");
    }
}
