using System.Globalization;
using System.Text.Json;
using Grpc.Core;
using Recording.EndToEnd.Deployments;
using Recording.Simulator.Plans;
using Recording.Simulator.Sfu;
using Recording.Storage;
using Recording.TestInfrastructure;
using Wire = Recording.Protocol.Control;

namespace Recording.EndToEnd;

/// <summary>The store is away while rooms are recorded, and processes end meanwhile.</summary>
public sealed class OutageTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    // How long the store does not answer, in seconds; RECORDING_TEST_OUTAGE makes it longer (docs/testing.md).
    private static readonly int OutageSeconds = int.Parse(Environment.GetEnvironmentVariable("RECORDING_TEST_OUTAGE") ?? "14", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Nothing_is_lost_while_S3_is_away_then_slow_then_refuses_and_the_spool_drains_by_itself()
    {
        await using RadosGateway server = await RadosGateway.StartAsync();
        await using StoreProxy store = await StoreProxy.StartAsync(server.Port);
        await using Deployment deployment = await Deployment.StartOneProcessAsync([.. Settings(server, store.Endpoint)]);
        string path = deployment.FileFor("ledger.jsonl");
        using LedgerWriter ledger = LedgerWriter.Create(path);
        using var patience = new CancellationTokenSource(Patience + TimeSpan.FromSeconds(2 * OutageSeconds));
        await using SimulatedSfu sfu = await SimulatedSfu.ConnectAsync(Plan(rooms: 2, peers: 4, seconds: OutageSeconds + 15), [deployment.Gateway.GrpcAddress], new SimulatedSfuOptions { Ledger = ledger });
        await sfu.WhenSubscribedAsync(16, patience.Token);
        await sfu.WhenPacketsSentAsync(2000, patience.Token);

        store.Set(StoreFault.Hang);
        Task outage = Task.Delay(TimeSpan.FromSeconds(OutageSeconds), patience.Token);
        await WhenSpoolingAsync(deployment, tracks: 16);

        // What begins during the outage: a start on request is refused, a recording by policy begins once the store is back.
        await using SimulatedSfu late = await SimulatedSfu.ConnectAsync(
            Plan(rooms: 1, peers: 2, seconds: OutageSeconds + 18, prefix: "late"), [deployment.Gateway.GrpcAddress], new SimulatedSfuOptions { Ledger = ledger, SfuId = "late-sfu" });
        await late.WhenLinkedAsync(patience.Token);
        await using SimulatedSfu idle = await SimulatedSfu.ConnectAsync(
            Plan(rooms: 1, peers: 1, seconds: 5, prefix: "idle", autoRecord: false), [deployment.Gateway.GrpcAddress], new SimulatedSfuOptions { SfuId = "idle-sfu" });
        await idle.WhenLinkedAsync(patience.Token);
        Assert.Equal("4001", await StartCodeAsync(deployment, "idle-1"));

        await outage;
        store.Set(StoreFault.Slow);
        await Task.Delay(TimeSpan.FromSeconds(5), patience.Token);
        store.Set(StoreFault.Forbidden);
        await sfu.WhenMediaSentAsync(patience.Token);
        store.Set(StoreFault.None);

        await sfu.WhenAcknowledgedAsync(patience.Token);
        await late.WhenSubscribedAsync(4, patience.Token);
        await late.WhenMediaSentAsync(patience.Token);
        await late.WhenAcknowledgedAsync(patience.Token);
        await Eventually.HoldsAsync("each room has its recording", Patience, async () =>
            (await deployment.WhenEndedAsync(3, Patience)).Count(static recording => recording.Status == "completed") == 3);
        ledger.Flush();

        // A start that a slow store had begun and then refused says so.
        IReadOnlyList<Wire.Recording> recordings = await deployment.WhenEndedAsync(3, Patience);
        Assert.All(recordings.Where(static recording => recording.Status != "completed"), static recording => Assert.Equal(("late-1", "failed", "refused"), (recording.RoomId, recording.Status, recording.EndedBecause)));
        await WhenDrainedAsync(deployment);
        await CopyAsync(server, deployment.DataDirectory);
        JsonElement verified = await deployment.VerifyAsync(path);
        Assert.Equal(ledger.Count, verified.GetProperty("stored").GetInt64());
    }

    [Fact]
    public async Task What_was_acknowledged_while_S3_was_away_is_recorded_although_the_process_is_killed_and_the_sfu_is_gone()
    {
        await using RadosGateway server = await RadosGateway.StartAsync();
        await using Deployment deployment = await Deployment.StartOneProcessAsync([.. Settings(server), ("RECORDING_SFU_GRACE", "5s")]);
        string path = deployment.FileFor("ledger.jsonl");
        using LedgerWriter ledger = LedgerWriter.Create(path);
        using var patience = new CancellationTokenSource(Patience);
        SimulatedSfu sfu = await SimulatedSfu.ConnectAsync(Plan(rooms: 1, peers: 3, seconds: 12), [deployment.Gateway.GrpcAddress], new SimulatedSfuOptions { Ledger = ledger });
        await sfu.WhenSubscribedAsync(6, patience.Token);
        await sfu.WhenPacketsSentAsync(1000, patience.Token);

        server.Freeze();
        await sfu.WhenMediaSentAsync(patience.Token);
        await sfu.WhenAcknowledgedAsync(patience.Token);
        await sfu.DisposeAsync();
        await deployment.Gateway.KillAsync();
        server.Thaw();
        await deployment.Gateway.RestartAsync();

        Wire.Recording recording = Assert.Single(await deployment.WhenEndedAsync(1, Patience));
        Assert.True(recording.Status is "completed" or "interrupted", recording.Status);
        ledger.Flush();
        await WhenDrainedAsync(deployment);
        await CopyAsync(server, deployment.DataDirectory);
        JsonElement verified = await deployment.VerifyAsync(path);
        Assert.Equal(ledger.Count, verified.GetProperty("stored").GetInt64());
    }

    [Fact]
    public async Task SIGTERM_while_S3_is_away_ends_in_time_and_the_next_start_finishes_what_the_spool_keeps()
    {
        await using RadosGateway server = await RadosGateway.StartAsync();
        await using Deployment deployment = await Deployment.StartOneProcessAsync([.. Settings(server)]);
        string path = deployment.FileFor("ledger.jsonl");
        using LedgerWriter ledger = LedgerWriter.Create(path);
        using var patience = new CancellationTokenSource(Patience);
        await using SimulatedSfu sfu = await SimulatedSfu.ConnectAsync(Plan(rooms: 2, peers: 3, seconds: 30), [deployment.Gateway.GrpcAddress], new SimulatedSfuOptions { Ledger = ledger });
        await sfu.WhenSubscribedAsync(12, patience.Token);
        await sfu.WhenPacketsSentAsync(2000, patience.Token);
        server.Freeze();
        await WhenSpoolingAsync(deployment, tracks: 12);

        long started = TimeProvider.System.GetTimestamp();
        deployment.Gateway.Process.Terminate();
        Assert.Equal(0, await deployment.Gateway.Process.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        TimeSpan took = TimeProvider.System.GetElapsedTime(started);
        Assert.True(took < TimeSpan.FromSeconds(20), $"it took {took.TotalSeconds:0.0} s\n{deployment.Logs()}");
        server.Thaw();
        await deployment.Gateway.RestartAsync();

        await sfu.WhenMediaSentAsync(patience.Token);
        await sfu.WhenAcknowledgedAsync(patience.Token);
        IReadOnlyList<Wire.Recording> recordings = await deployment.WhenEndedAsync(2, Patience);
        ledger.Flush();
        Assert.All(recordings, static recording => Assert.Equal("completed", recording.Status));
        await CopyAsync(server, deployment.DataDirectory);
        await deployment.VerifyAsync(path);
    }

    [Fact]
    public async Task What_waits_in_memory_for_S3_is_recorded_although_the_grace_is_over_before_S3_is_back()
    {
        // More than a track's grain takes unstored (8 MiB): the rest waits in the gateway and at the SFU.
        const int PacketsPerSecond = 2000;
        await using RadosGateway server = await RadosGateway.StartAsync();
        await using StoreProxy store = await StoreProxy.StartAsync(server.Port);
        await using Deployment deployment = await Deployment.StartOneProcessAsync([.. Settings(server, store.Endpoint), ("RECORDING_SPOOL", "none"), ("RECORDING_SFU_GRACE", "3s")]);
        string path = deployment.FileFor("ledger.jsonl");
        using LedgerWriter ledger = LedgerWriter.Create(path);
        using var patience = new CancellationTokenSource(Patience);
        await using SimulatedSfu sfu = await SimulatedSfu.ConnectAsync(
            Plan(rooms: 1, peers: 1, seconds: 6, synthetic: new TrackMedia.Synthetic(1000, PacketsPerSecond)),
            [deployment.Gateway.GrpcAddress], new SimulatedSfuOptions { Ledger = ledger, RingBytes = 64 << 20 });
        await sfu.WhenSubscribedAsync(2, patience.Token);
        await sfu.WhenPacketsSentAsync(PacketsPerSecond, patience.Token);

        store.Set(StoreFault.Unavailable);

        // The rest of the media, twice the grace, and what the recording needs to see that it is over.
        await Task.Delay(TimeSpan.FromSeconds(11), patience.Token);
        store.Set(StoreFault.None);
        await sfu.WhenMediaSentAsync(patience.Token);

        Wire.Recording recording = Assert.Single(await deployment.WhenEndedAsync(1, Patience));
        Assert.Equal("completed", recording.Status);
        ledger.Flush();
        await CopyAsync(server, deployment.DataDirectory);
        JsonElement verified = await deployment.VerifyAsync(path);
        Assert.Equal(ledger.Count, verified.GetProperty("stored").GetInt64());
    }

    private static (string Name, string Value)[] Settings(RadosGateway server, string? endpoint = null) =>
    [
        ("RECORDING_S3_ENDPOINT", endpoint ?? server.Endpoint), ("RECORDING_S3_ACCESS_KEY", RadosGateway.AccessKey), ("RECORDING_S3_SECRET_KEY", RadosGateway.SecretKey),
        ("RECORDING_GATEWAY_BUFFER", "16MiB"), ("RECORDING_SPOOL_AFTER", "1s"),

        // A report that is made while the bucket is copied would be named and not be there.
        ("RECORDING_OUTPUTS", "none"),
    ];

    private static SimulationPlan Plan(int rooms, int peers, int seconds, string prefix = "room", bool autoRecord = true, TrackMedia.Synthetic? synthetic = null)
    {
        var shape = new RoomShape { Rooms = rooms, Peers = peers, Duration = TimeSpan.FromSeconds(seconds), AutoRecord = autoRecord, RoomPrefix = prefix };
        return SimulationPlan.Create(synthetic is null ? shape : shape with { Synthetic = synthetic }, seed: 21);
    }

    private static async Task<string> StartCodeAsync(Deployment deployment, string roomId)
    {
        RpcException refused = await Assert.ThrowsAsync<RpcException>(async () =>
            await deployment.Control.StartRecordingAsync(new Wire.StartRecordingCommand { RoomId = roomId, RequesterId = "peer-1" }, deadline: DateTime.UtcNow.AddSeconds(60)));
        return refused.Trailers.Get("recording-error-bin") is { } trailer ? $"{Protocol.Sfu.RecordingError.Parser.ParseFrom(trailer.ValueBytes).Code}" : refused.ToString();
    }

    private static Task WhenSpoolingAsync(Deployment deployment, int tracks) => Eventually.HoldsAsync(
        "packets wait in the spool, as health says", Patience, async () => (await ReadyAsync(deployment)).Contains($"4001: {tracks} tracks wait in the spool", StringComparison.Ordinal));

    private static Task WhenDrainedAsync(Deployment deployment) => Eventually.HoldsAsync(
        "the spool is empty", Patience, async () => (await ReadyAsync(deployment)) is var ready && !ready.Contains("wait in the spool", StringComparison.Ordinal));

    private static async Task<string> ReadyAsync(Deployment deployment)
    {
        using var http = new HttpClient();
        using HttpResponseMessage response = await http.GetAsync(new Uri($"http://127.0.0.1:{deployment.Gateway.HttpPort}/health/ready"));
        return await response.Content.ReadAsStringAsync();
    }

    // The bucket as a directory, as an operator would copy it.
    private static async Task CopyAsync(RadosGateway server, string directory)
    {
        using var store = new S3ObjectStore(
            new S3StoreOptions { Endpoint = server.Endpoint, AccessKey = RadosGateway.AccessKey, SecretKey = RadosGateway.SecretKey }, TimeProvider.System);
        await foreach (ObjectInfo info in store.ListAsync(""))
        {
            // Segments of a recording that has just ended may be deleted meanwhile.
            await using StoredObject? found = await store.GetAsync(info.Key);
            if (found is not null)
            {
                string file = Path.Combine(directory, info.Key);
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                await File.WriteAllBytesAsync(file, await found.ReadAllAsync());
            }
        }
    }
}
