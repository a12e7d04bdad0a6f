using Recording.EndToEnd.Deployments;
using Recording.Simulator.Plans;
using Recording.Simulator.Sfu;
using Recording.TestInfrastructure;
using Wire = Recording.Protocol.Control;

namespace Recording.EndToEnd;

/// <summary>
/// Two gateways, two silos and a processor, of which some die, freeze or are told to stop while they record: recordings go on under their ids, and
/// an acknowledging SFU loses nothing.
/// </summary>
public sealed class FailoverTests(FailoverCluster cluster) : IClassFixture<FailoverCluster>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task When_a_gateway_is_killed_the_other_takes_its_SFUs_over_whoever_dialled_and_records_on_under_the_same_ids()
    {
        using var patience = new CancellationTokenSource(Patience);
        await using SimulatedSfu dialled = await SimulatedSfu.StartServerAsync(Plan("dialled-a", 16), Options("dialled-a"));
        cluster.Dialled.TargetPort = dialled.Address!.Port;
        await dialled.WhenSubscribedAsync(4, patience.Token);
        ServiceProcess holder = cluster.Holder(dialled);
        ServiceProcess other = cluster.Deployment.Gateways.Single(gateway => gateway != holder);
        await using SimulatedSfu attached = await SimulatedSfu.ConnectAsync(Plan("attached-a", 16), [holder.GrpcAddress, other.GrpcAddress], Options("attached-a"));
        await attached.WhenSubscribedAsync(4, patience.Token);
        await attached.WhenPacketsSentAsync(500, patience.Token);
        Assert.Same(holder, cluster.Holder(attached));
        string[] recordings = await FailoverCluster.RecordingsOfAsync(other, "dialled-a-1", "attached-a-1");

        await holder.KillAsync();
        await Eventually.HoldsAsync("the other gateway holds both SFUs", Patience, () => cluster.Holds(other, dialled) && cluster.Holds(other, attached));
        await holder.RestartAsync();

        foreach (SimulatedSfu sfu in new[] { dialled, attached })
        {
            await sfu.WhenMediaSentAsync(patience.Token);
            await sfu.WhenAcknowledgedAsync(patience.Token);
        }

        await cluster.CompletedAsync(other, recordings, "dialled-a-1", "attached-a-1");
    }

    [Fact]
    public async Task A_gateway_that_freezes_loses_its_SFU_and_when_it_wakes_it_is_fenced_out_and_stores_nothing_twice()
    {
        using var patience = new CancellationTokenSource(Patience);
        await using SimulatedSfu dialled = await SimulatedSfu.StartServerAsync(Plan("dialled-b", 18), Options("dialled-b"));
        cluster.Dialled.TargetPort = dialled.Address!.Port;
        await dialled.WhenSubscribedAsync(4, patience.Token);
        await dialled.WhenPacketsSentAsync(500, patience.Token);
        ServiceProcess holder = cluster.Holder(dialled);
        ServiceProcess other = cluster.Deployment.Gateways.Single(gateway => gateway != holder);
        string[] recordings = await FailoverCluster.RecordingsOfAsync(other, "dialled-b-1");

        holder.Process.Freeze();
        try
        {
            await Eventually.HoldsAsync("the other gateway holds the SFU", Patience, () => cluster.Holds(other, dialled));
        }
        finally
        {
            holder.Process.Thaw();
        }

        await dialled.WhenMediaSentAsync(patience.Token);
        await dialled.WhenAcknowledgedAsync(patience.Token);
        Assert.True(cluster.Holds(other, dialled), "the gateway that woke took the SFU back");
        await cluster.CompletedAsync(other, recordings, "dialled-b-1");
    }

    [Fact]
    public async Task Gateway_silo_and_processor_that_are_told_to_stop_under_load_end_within_twenty_seconds_and_end_no_recording()
    {
        using var patience = new CancellationTokenSource(Patience);
        ServiceProcess first = cluster.Deployment.Gateways[0];
        ServiceProcess second = cluster.Deployment.Gateways[1];
        await using SimulatedSfu sfu = await SimulatedSfu.ConnectAsync(Plan("attached-c", 30, rooms: 3), [first.GrpcAddress, second.GrpcAddress], Options("attached-c"));
        await sfu.WhenSubscribedAsync(12, patience.Token);
        await sfu.WhenPacketsSentAsync(1500, patience.Token);
        string[] rooms = ["attached-c-1", "attached-c-2", "attached-c-3"];
        string[] recordings = await FailoverCluster.RecordingsOfAsync(second, rooms);

        foreach (ServiceProcess process in new[] { cluster.Holder(sfu), cluster.Deployment.Silos[0], cluster.Deployment.Processor! })
        {
            process.Process.Terminate();
            Assert.Equal(0, await process.Process.WaitForExitAsync(StopWithin));
            await process.RestartAsync();
        }

        await sfu.WhenMediaSentAsync(patience.Token);
        await sfu.WhenAcknowledgedAsync(patience.Token);
        await cluster.CompletedAsync(second, recordings, rooms);
    }

    [Fact]
    public async Task One_process_that_is_told_to_stop_under_load_ends_within_twenty_seconds_and_when_it_is_back_continues_one_recording_and_fetches_the_end_of_another()
    {
        using var patience = new CancellationTokenSource(Patience);
        await using Deployment deployment = await Deployment.StartOneProcessAsync();
        string path = deployment.FileFor("ledger.jsonl");
        using LedgerWriter ledger = LedgerWriter.Create(path);
        await using SimulatedSfu sfu = await SimulatedSfu.ConnectAsync(Plan("alone", 14, rooms: 2), [deployment.Gateway.GrpcAddress], new SimulatedSfuOptions { SfuId = "alone", Ledger = ledger });
        await using SimulatedSfu brief = await SimulatedSfu.ConnectAsync(Plan("brief", 6), [deployment.Gateway.GrpcAddress], new SimulatedSfuOptions { SfuId = "brief", Ledger = ledger });
        await sfu.WhenSubscribedAsync(8, patience.Token);
        await brief.WhenPacketsSentAsync(500, patience.Token);

        deployment.Gateway.Process.Terminate();
        Assert.Equal(0, await deployment.Gateway.Process.WaitForExitAsync(StopWithin));
        await Eventually.HoldsAsync("a room has closed meanwhile", Patience, () => brief.Figures.RoomsOpen == 0);
        await deployment.Gateway.RestartAsync();

        foreach (SimulatedSfu one in new[] { sfu, brief })
        {
            await one.WhenMediaSentAsync(patience.Token);
            await one.WhenAcknowledgedAsync(patience.Token);
        }

        IReadOnlyList<Wire.Recording> recordings = await deployment.WhenEndedAsync(3, Patience);
        ledger.Flush();
        Assert.Equal(3, recordings.Count);
        Assert.All(recordings, static recording => Assert.Equal("completed", recording.Status));
        await deployment.VerifyAsync(path);
    }

    private static SimulationPlan Plan(string prefix, int seconds, int rooms = 1) => SimulationPlan.Create(
        new RoomShape { Rooms = rooms, Peers = 2, Duration = TimeSpan.FromSeconds(seconds), AutoRecord = true, RoomPrefix = prefix, Synthetic = new TrackMedia.Synthetic(400, 60) }, seed: 23);

    private SimulatedSfuOptions Options(string id) => new() { SfuId = id, Ledger = cluster.Ledger };
}
