using Recording.Grains.Abstractions.Rooms;
using Recording.Model;

namespace Recording.Grains.Tests.Rooms;

public sealed class RoomGrainStoreTests : IAsyncLifetime
{
    private readonly RoomCluster _cluster = new();

    public Task InitializeAsync() => _cluster.InitializeAsync();

    public Task DisposeAsync() => _cluster.DisposeAsync();

    private async Task<TestGateway> Gateway(string roomId, RecordingPolicy policy)
    {
        var gateway = new TestGateway(_cluster, "id:sfu-" + roomId, roomId);
        await gateway.Acquire();
        await gateway.Attach();
        await gateway.Send(new RoomCreated { TimeUs = TestGateway.Now(), HostId = "hana", Policy = policy });
        await RoomCluster.Until(gateway.Ask, result => result.DurableSequence == gateway.Sent);
        return gateway;
    }

    [Fact]
    public async Task A_start_while_the_store_is_down_fails_and_succeeds_afterwards()
    {
        await Gateway("down", Room.Open);
        _cluster.Store.Break();
        var error = await Assert.ThrowsAsync<RecordingException>(() => _cluster.Room("down").StartRecording(new StartRecordingCommand { Requester = Requester.Peer("hana") }));
        Assert.Equal(RecordingErrorCode.StoreUnavailable, error.Code);

        _cluster.Store.Repair();
        Assert.NotEmpty((await _cluster.Room("down").StartRecording(new StartRecordingCommand { Requester = Requester.Peer("hana") })).RecordingId);
    }

    [Fact]
    public async Task An_automatic_start_is_tried_again_until_the_store_is_back()
    {
        var gateway = await Gateway("auto", Room.Open with { AutoRecord = true });
        _cluster.Store.Break();
        await gateway.Send(new ProducerCreated { TimeUs = TestGateway.Now(), Producer = Room.Producer("a", "paul") });
        Assert.DoesNotContain(gateway.Directives, directive => directive.State == WantedState.Recording);

        _cluster.Store.Repair();
        await RoomCluster.Until(() => Task.FromResult(gateway.Wanted), wanted => wanted is { State: WantedState.Recording, RequesterId: "system" });
    }

    [Fact]
    public async Task A_new_producer_while_the_store_is_down_is_subscribed_and_told_to_the_recording_afterwards()
    {
        var gateway = await Gateway("capture", Room.Open);
        var start = await _cluster.Room("capture").StartRecording(new StartRecordingCommand { Requester = Requester.Peer("hana") });
        await gateway.Send(new StartAnswered { TimeUs = TestGateway.Now(), RecordingId = start.RecordingId, Success = true });
        _cluster.Store.Break();
        var result = await gateway.Send(new ProducerCreated { TimeUs = TestGateway.Now(), Producer = Room.Producer("a", "paul") });
        Assert.True(result.DurableSequence < gateway.Sent);
        await RoomCluster.Until(() => Task.FromResult(gateway.Wanted), wanted => wanted is { Tracks.Length: 1 });

        _cluster.Store.Repair();
        await RoomCluster.Until(gateway.Ask, answer => answer.DurableSequence == gateway.Sent);
        await RoomCluster.Until(() => _cluster.Recording(start.RecordingId).GetView(), view => view is { Tracks.Length: 1 });
    }

    [Fact]
    public async Task Stop_while_the_store_is_down_ends_the_recording_when_it_is_back()
    {
        var gateway = await Gateway("stop", Room.Open);
        var start = await _cluster.Room("stop").StartRecording(new StartRecordingCommand { Requester = Requester.Peer("hana") });
        await gateway.Send(new StartAnswered { TimeUs = TestGateway.Now(), RecordingId = start.RecordingId, Success = true });
        _cluster.Store.Break();
        await _cluster.Room("stop").StopRecording(new StopRecordingCommand { Requester = Requester.Peer("hana") });
        await RoomCluster.Until(() => Task.FromResult(gateway.Wanted), wanted => wanted is { State: WantedState.Idle });

        _cluster.Store.Repair();
        await RoomCluster.Until(() => _cluster.Recording(start.RecordingId).GetView(), view => view is { EndedBecause: "stopped" });
    }

    [Fact]
    public async Task A_write_that_was_stored_although_it_seemed_to_fail_is_written_over()
    {
        var gateway = await Gateway("echo", Room.Open);
        await _cluster.Store.PutAsync("state/room/echo", _cluster.Store["state/room/echo"]!);
        var start = await _cluster.Room("echo").StartRecording(new StartRecordingCommand { Requester = Requester.Peer("hana") });

        Assert.Equal(start.RecordingId, (await _cluster.Room("echo").GetView())!.RecordingId);
        await RoomCluster.Until(gateway.Ask, result => result.DurableSequence == gateway.Sent);
    }

    [Fact]
    public async Task A_room_that_another_activation_stored_is_loaded_again_and_asks_for_what_it_lacks()
    {
        var gateway = await Gateway("twin", Room.Open);
        var stored = System.Text.Encoding.UTF8.GetString(_cluster.Store["state/room/twin"]!);
        var writer = System.Text.Json.Nodes.JsonNode.Parse(stored)!["Writer"]!.GetValue<string>();
        await _cluster.Store.PutAsync("state/room/twin", System.Text.Encoding.UTF8.GetBytes(stored.Replace(writer, "another", StringComparison.Ordinal)));
        await gateway.Send(new PeerJoined { TimeUs = TestGateway.Now(), PeerId = "paul" });
        await RoomCluster.Until(
            async () =>
            {
                var result = await gateway.Ask();
                return result.ExpectedSequence <= gateway.Sent ? await gateway.Resend((int)result.ExpectedSequence) : result;
            },
            result => result.DurableSequence == gateway.Sent);

        Assert.Equal("paul", (await _cluster.Room("twin").GetView())!.Peers.Single().PeerId);
    }
}
