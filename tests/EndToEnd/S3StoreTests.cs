using System.IO.Pipelines;
using System.Text.Json;
using Grpc.Core;
using Recording.EndToEnd.Deployments;
using Recording.Model;
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
            ("RECORDING_S3_ENDPOINT", server.Endpoint), ("RECORDING_S3_ACCESS_KEY", RadosGateway.AccessKey), ("RECORDING_S3_SECRET_KEY", RadosGateway.SecretKey),
            ("RECORDING_OUTPUTS", "none"));
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
        JsonElement report = await CheckAsync(server, exitCode: 0);
        Assert.Equal((2, 0), (report.GetProperty("recordings").GetInt32(), report.GetProperty("faults_left").GetInt32()));
        server.Freeze();
        await CheckAsync(server, exitCode: 3);
        server.Thaw();
    }

    [Fact]
    public async Task An_upload_that_was_never_ended_is_found_on_S3_and_aborted_when_that_is_asked()
    {
        await using RadosGateway server = await RadosGateway.StartAsync();
        using S3ObjectStore store = StoreOn(server, partSize: 5 << 20);
        await store.EnsureBucketAsync();
        string recording = RecordingId.Mint(TimeProvider.System.GetUtcNow(), new byte[RecordingId.EntropyBytes]);
        string key = RecordingKeys.Prefix("room", recording) + "tracks/anna-video.rtp";

        // A part is there, and whoever sent it never sends the rest.
        var source = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await source.Writer.WriteAsync(new byte[6 << 20]);
        using var abandoned = new CancellationTokenSource();
        Task put = store.PutStreamingAsync(key, source.Reader.AsStream(), abandoned.Token);
        await Eventually.HoldsAsync("the upload is begun", Patience, async () => (await UnfinishedAsync(store)).Count > 0);

        JsonElement young = await CheckAsync(server, exitCode: 0);
        Assert.Equal(0, young.GetProperty("findings").GetArrayLength());
        Assert.Equal(Found(isMended: false), Finding(await CheckAsync(server, exitCode: 1, "--older-than", "0")));
        Assert.Equal([key], await UnfinishedAsync(store));
        Assert.Equal(Found(isMended: true), Finding(await CheckAsync(server, exitCode: 0, "--older-than", "0", "--remove-orphans")));
        Assert.Empty(await UnfinishedAsync(store));
        JsonElement after = await CheckAsync(server, exitCode: 0, "--older-than", "0");
        Assert.Equal((0, 0), (after.GetProperty("findings").GetArrayLength(), after.GetProperty("objects").GetInt32()));
        await abandoned.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => put);

        (string, string, string, bool) Found(bool isMended) => ("unfinished_upload", key, recording, isMended);
    }

    private static (string Kind, string Key, string Recording, bool IsMended) Finding(JsonElement report)
    {
        JsonElement finding = Assert.Single(report.GetProperty("findings").EnumerateArray());
        bool isMended = finding.GetProperty("mended").GetBoolean();
        Assert.Equal(isMended ? 0 : 1, report.GetProperty("faults_left").GetInt32());
        return (finding.GetProperty("kind").GetString()!, finding.GetProperty("key").GetString()!, finding.GetProperty("recording_id").GetString()!, isMended);
    }

    // `recording fsck` on the bucket, by the service's own settings; its report, where it could look.
    private static async Task<JsonElement> CheckAsync(RadosGateway server, int exitCode, params string[] options)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["RECORDING_S3_ENDPOINT"] = server.Endpoint,
            ["RECORDING_S3_ACCESS_KEY"] = RadosGateway.AccessKey,
            ["RECORDING_S3_SECRET_KEY"] = RadosGateway.SecretKey,
        };
        (int code, string output) = await CommandLine.RunAsync(settings, ["fsck", "--json", .. options]);
        Assert.True(code == exitCode, $"recording fsck ended with {code}:\n{output}");
        return exitCode == 3 ? default : CommandLine.LastJson(output);
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
        using S3ObjectStore store = StoreOn(server);
        await foreach (ObjectInfo info in store.ListAsync(""))
        {
            string file = Path.Combine(directory, info.Key);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await using StoredObject? found = await store.GetAsync(info.Key);
            await File.WriteAllBytesAsync(file, await found!.ReadAllAsync());
        }

        Assert.Empty(await UnfinishedAsync(store));
    }

    private static S3ObjectStore StoreOn(RadosGateway server, int partSize = 16 << 20) => new(
        new S3StoreOptions { Endpoint = server.Endpoint, AccessKey = RadosGateway.AccessKey, SecretKey = RadosGateway.SecretKey, PartSize = partSize }, TimeProvider.System);

    private static async Task<List<string>> UnfinishedAsync(S3ObjectStore store)
    {
        List<string> keys = [];
        await foreach (UnfinishedUpload upload in store.ListUnfinishedAsync(""))
        {
            keys.Add(upload.Key);
        }

        return keys;
    }
}
