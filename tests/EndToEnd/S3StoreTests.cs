using System.Text.Json;
using Grpc.Core;
using Recording.EndToEnd.Deployments;
using Recording.Simulator.Plans;
using Recording.Simulator.Sfu;
using Recording.Storage;
using Recording.TestInfrastructure;
using Wire = Recording.Protocol.Control;

namespace Recording.EndToEnd;

/// <summary>The service on a real S3 server.</summary>
public sealed class S3StoreTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Rooms_are_stored_packet_for_packet_on_S3_though_the_server_hangs_at_the_start_and_meanwhile()
    {
        await using RadosGateway server = await RadosGateway.StartAsync();
        server.Freeze();
        await using Deployment deployment = await Deployment.StartOneProcessAsync(
            ("RECORDING_S3_ENDPOINT", server.Endpoint), ("RECORDING_S3_ACCESS_KEY", RadosGateway.AccessKey), ("RECORDING_S3_SECRET_KEY", RadosGateway.SecretKey));
        await WhenStoreIsMissedAsync(deployment);
        server.Thaw();
        string path = deployment.FileFor("ledger.jsonl");
        using LedgerWriter ledger = LedgerWriter.Create(path);
        SimulationPlan plan = SimulationPlan.Create(new RoomShape { Rooms = 2, Peers = 3, Duration = TimeSpan.FromSeconds(15), AutoRecord = true }, seed: 7);
        await using SimulatedSfu sfu = await SimulatedSfu.ConnectAsync(plan, [deployment.Gateway.GrpcAddress], new SimulatedSfuOptions { Ledger = ledger });
        await Eventually.HoldsAsync("both rooms are being recorded", Patience, async () =>
        {
            try
            {
                return (await deployment.Control.ListRecordingsAsync(new Wire.ListRecordingsRequest { PageSize = 10 })).Recordings.Count == 2;
            }
            catch (RpcException exception) when (exception.StatusCode == StatusCode.Unavailable)
            {
                // The bucket is made when the server is asked again, some seconds after it came back.
                return false;
            }
        });

        server.Freeze();
        await WhenStoreIsMissedAsync(deployment);
        server.Thaw();

        using var patience = new CancellationTokenSource(Patience);
        await sfu.WhenMediaSentAsync(patience.Token);
        await sfu.WhenAcknowledgedAsync(patience.Token);
        IReadOnlyList<Wire.Recording> recordings = await deployment.WhenEndedAsync(2, Patience);
        ledger.Flush();
        Assert.All(recordings, static recording => Assert.Equal("completed", recording.Status));
        await CopyAsync(server, deployment.DataDirectory);
        JsonElement verified = await deployment.VerifyAsync(path);
        Assert.Equal(ledger.Count, verified.GetProperty("stored").GetInt64());
        Assert.True(ledger.Count > 2 * 6 * 100, $"only {ledger.Count} packets were sent");
        await CheckAsync(server, exitCode: 0);
        server.Freeze();
        await CheckAsync(server, exitCode: 3);
        server.Thaw();
    }

    // `recording fsck` on the bucket, by the service's own settings.
    private static async Task CheckAsync(RadosGateway server, int exitCode)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["RECORDING_S3_ENDPOINT"] = server.Endpoint,
            ["RECORDING_S3_ACCESS_KEY"] = RadosGateway.AccessKey,
            ["RECORDING_S3_SECRET_KEY"] = RadosGateway.SecretKey,
        };
        (int code, string output) = await CommandLine.RunAsync(settings, "fsck", "--json");
        Assert.True(code == exitCode, $"recording fsck ended with {code}:\n{output}");
        if (exitCode == 0)
        {
            JsonElement report = CommandLine.LastJson(output);
            Assert.Equal((2, 0), (report.GetProperty("recordings").GetInt32(), report.GetProperty("faults_left").GetInt32()));
        }
    }

    private static async Task WhenStoreIsMissedAsync(Deployment deployment)
    {
        using var http = new HttpClient();
        await Eventually.HoldsAsync("the service says that the store does not answer", Patience, async () =>
            (await http.GetStringAsync(new Uri($"http://127.0.0.1:{deployment.Gateway.HttpPort}/health/ready"))).Contains("4001", StringComparison.Ordinal));
    }

    // The bucket as a directory, as an operator would copy it; nothing unfinished may be left in it.
    private static async Task CopyAsync(RadosGateway server, string directory)
    {
        using var store = new S3ObjectStore(
            new S3StoreOptions { Endpoint = server.Endpoint, AccessKey = RadosGateway.AccessKey, SecretKey = RadosGateway.SecretKey }, TimeProvider.System);
        await foreach (ObjectInfo info in store.ListAsync(""))
        {
            string file = Path.Combine(directory, info.Key);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await using StoredObject? found = await store.GetAsync(info.Key);
            await File.WriteAllBytesAsync(file, await found!.ReadAllAsync());
        }

        await foreach (UnfinishedUpload upload in store.ListUnfinishedAsync(""))
        {
            Assert.Fail($"An upload of {upload.Key} is left.");
        }
    }
}
