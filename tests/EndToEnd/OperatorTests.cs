using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text.Json;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Recording.EndToEnd.Deployments;
using Recording.Protocol.Sfu;
using Recording.Simulator.Plans;
using Recording.Simulator.Sfu;
using Recording.TestInfrastructure;
using Wire = Recording.Protocol.Control;

namespace Recording.EndToEnd;

/// <summary>What operators see of a process: metrics, logs, health, Orleans pages, and the two switches.</summary>
public sealed class OperatorTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Process_that_recorded_shows_it_in_metrics_logs_and_health_and_its_Orleans_pages_to_this_machine_only()
    {
        await using Deployment deployment = await Deployment.StartOneProcessAsync(("RECORDING_LOG_LEVEL", "info"), ("RECORDING_HTTP_LISTEN", "0.0.0.0"), ("RECORDING_INSTANCE", "operated"));
        ServiceProcess service = deployment.Gateway;
        SimulationPlan plan = SimulationPlan.Create(new RoomShape
        {
            Peers = 1,
            Duration = TimeSpan.FromSeconds(2),
            AutoRecord = true,
            Synthetic = new TrackMedia.Synthetic(300, 50),
            SpeakerInterval = null,
        });
        await using SimulatedSfu sfu = await SimulatedSfu.ConnectAsync(plan, [service.GrpcAddress], new SimulatedSfuOptions { SfuId = "watched" });
        Wire.Recording recording = Assert.Single(await deployment.WhenEndedAsync(1, Patience));
        Assert.Equal("completed", recording.Status);

        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        await CheckMetricsAsync(client, service, recording);
        await CheckHealthAsync(client, service);
        await CheckOrleansPagesAsync(client, service);
        Assert.Equal(0, (await RunAsync(service.HttpPort, "--health")).ExitCode);

        service.Process.Terminate();
        Assert.Equal(0, await service.Process.WaitForExitAsync(Patience));
        CheckLog(service.Process.Output, recording);
    }

    [Fact]
    public async Task Switches_print_the_settings_without_their_secrets_and_say_when_no_service_answers()
    {
        const string secret = "s3cret-s3cret-s3cret-s3cret-s3cret";
        (int exitCode, string output) = await RunAsync(
            0, "--print-config", ("RECORDING_SFU_TOKEN", secret), ("RECORDING_JWT_SECRET", secret), ("RECORDING_REDIS_PASSWORD", secret), ("RECORDING_SFU_GRACE", "90"));
        Assert.Equal(0, exitCode);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.DoesNotContain(secret, output, StringComparison.Ordinal);
        Assert.Contains(lines, static line => line == "RECORDING_SFU_TOKEN=***");
        Assert.Contains(lines, static line => line == "RECORDING_JWT_SECRET=***");
        Assert.Contains(lines, static line => line == "RECORDING_REDIS_PASSWORD=***");
        Assert.Contains(lines, static line => line == "RECORDING_SFU_GRACE=90");
        Assert.Contains(lines, static line => line == "RECORDING_GRPC_PORT=50054    # default");

        Assert.Equal(1, (await RunAsync(LoopbackPort.Free(), "--health")).ExitCode);
        (exitCode, output) = await RunAsync(0, "--print-config", ("RECORDING_SFU_GRACE", "soon"), ("RECORDING_LOG_FORMAT", "xml"));
        Assert.Equal(2, exitCode);
        Assert.Contains("RECORDING_SFU_GRACE is 'soon'", output, StringComparison.Ordinal);
        Assert.Contains("RECORDING_LOG_FORMAT is 'xml'", output, StringComparison.Ordinal);
    }

    private static async Task CheckMetricsAsync(HttpClient client, ServiceProcess service, Wire.Recording recording)
    {
        Dictionary<string, double> metrics = [];
        ulong packets = recording.Tracks.Aggregate(0UL, static (sum, track) => sum + track.Packets);
        await Eventually.HoldsAsync("the metrics say that the recording ended", Patience, async () =>
        {
            metrics = Parse(await client.GetStringAsync(new Uri($"http://127.0.0.1:{service.HttpPort}/metrics")));
            return metrics.GetValueOrDefault("recording_recordings_ended_total") >= 1;
        });
        Assert.Equal(1, metrics["recording_links"]);

        // The server's own pool counts each block; ours is in use instead.
        Assert.DoesNotContain(metrics.Keys, static name => name.Contains("memory_pool", StringComparison.Ordinal));
        Assert.True(metrics["recording_ingest_packets_total"] >= packets, $"{metrics["recording_ingest_packets_total"]} of {packets} packets");
        Assert.True(metrics["recording_ingest_bytes_total"] > 300 * 50);
        Assert.True(metrics["recording_ingest_append_duration_seconds_count"] >= 1);
        Assert.True(metrics["recording_segment_puts_total"] >= 2);
        Assert.True(metrics["recording_segment_bytes_total"] > 300 * 50);
        Assert.True(metrics["recording_segment_put_duration_seconds_count"] >= 2);
        Assert.True(metrics["recording_assembly_duration_seconds_count"] >= 2);
        Assert.True(metrics["recording_room_events_total"] >= 3);
        Assert.True(metrics.ContainsKey("recording_rooms_live"));
        Assert.True(metrics.ContainsKey("recording_ingest_retained_bytes"));
        Assert.All(
            (string[])["recording_spool_bytes", "recording_spool_tracks", "recording_spool_age_seconds", "recording_spool_blocked"],
            name => Assert.Equal((name, 0), (name, metrics.GetValueOrDefault(name, -1))));
        Assert.Contains(metrics.Keys, static name => name.StartsWith("dotnet_", StringComparison.Ordinal));
    }

    private static async Task CheckHealthAsync(HttpClient client, ServiceProcess service)
    {
        using JsonDocument live = JsonDocument.Parse(await client.GetStringAsync(new Uri($"http://127.0.0.1:{service.HttpPort}/health/live")));
        Assert.Equal("healthy", live.RootElement.GetProperty("status").GetString());
        using JsonDocument ready = JsonDocument.Parse(await client.GetStringAsync(new Uri($"http://127.0.0.1:{service.HttpPort}/health/ready")));
        Assert.Equal("healthy", ready.RootElement.GetProperty("status").GetString());
        JsonElement checks = ready.RootElement.GetProperty("checks");
        Assert.Equal("healthy", checks.GetProperty("store").GetProperty("status").GetString());
        Assert.Equal("healthy", checks.GetProperty("draining").GetProperty("status").GetString());

        using GrpcChannel channel = GrpcChannel.ForAddress(service.GrpcAddress);
        var health = new Health.HealthClient(channel);

        // The gRPC health service learns of the checks by a publisher, some seconds after the start.
        await Eventually.HoldsAsync("grpc.health.v1 says that it serves", Patience, async () =>
        {
            try
            {
                return (await health.CheckAsync(new HealthCheckRequest())).Status == HealthCheckResponse.Types.ServingStatus.Serving;
            }
            catch (RpcException exception) when (exception.StatusCode == StatusCode.NotFound)
            {
                return false;
            }
        });
        RecordingHealthCheckResponse bridge = await new RecordingSfuBridge.RecordingSfuBridgeClient(channel).HealthCheckAsync(new RecordingHealthCheckRequest());
        Assert.True(bridge.Healthy);
        Assert.NotEmpty(bridge.ServiceId);
        Assert.True(bridge.TotalBytesWritten > 300 * 50);
        Assert.True(bridge.UptimeSeconds >= 2);
    }

    private static async Task CheckOrleansPagesAsync(HttpClient client, ServiceProcess service)
    {
        string[] pages = ["/orleans", "/orleans/", "/orleans/version", "/orleans/DashboardCounters", "/orleans/ClusterStats", "/orleans/index.min.js", "/ORLEANS/ClusterStats"];
        foreach (string page in pages)
        {
            using HttpResponseMessage response = await client.GetAsync(new Uri($"http://127.0.0.1:{service.HttpPort}{page}"));
            Assert.True(response.StatusCode == HttpStatusCode.OK, $"{page}: {response.StatusCode}");
        }

        if (OwnAddress() is not { } address)
        {
            return;
        }

        Assert.Contains("recording_links", await client.GetStringAsync(new Uri($"http://{address}:{service.HttpPort}/metrics")), StringComparison.Ordinal);
        foreach (string page in (string[])[.. pages, "/orleans/Trace", "/orleans/GrainState?grainId=a&grainType=b", "/orleans/GrainTypes", "/orleans/Reminders/1", "/orleans/HistoricalStats/x", "/orleans/SiloStats/x", "/orleans/TopGrainMethods"])
        {
            using HttpResponseMessage response = await client.GetAsync(new Uri($"http://{address}:{service.HttpPort}{page}"));
            Assert.True(response.StatusCode == HttpStatusCode.Forbidden, $"{page} from {address}: {response.StatusCode}");
        }
    }

    private static void CheckLog(string output, Wire.Recording recording)
    {
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.True(lines.Length >= 3);
        bool named = false;
        foreach (string line in lines)
        {
            Assert.True(line.StartsWith('{'), $"not a JSON object: {line}");
            using JsonDocument entry = JsonDocument.Parse(line);
            Assert.NotEmpty(entry.RootElement.GetProperty("Message").GetString()!);
            Assert.True(entry.RootElement.GetProperty("LogLevel").GetString() is "Information" or "Warning" or "Error" or "Critical", line);
            named |= entry.RootElement.TryGetProperty("State", out JsonElement state)
                && state.EnumerateObject().Any(field => field.NameEquals("RecordingId") && field.Value.GetString() == recording.RecordingId);
        }

        Assert.True(named, "no log line has the recording as a field:\n" + output);
        Assert.Contains(lines, static line => line.Contains("instance operated", StringComparison.Ordinal));
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(int httpPort, string option, params (string Name, string Value)[] settings)
    {
        var environment = settings.ToDictionary(static setting => setting.Name, static setting => setting.Value, StringComparer.Ordinal);
        if (httpPort != 0)
        {
            environment["RECORDING_HTTP_PORT"] = httpPort.ToString(CultureInfo.InvariantCulture);
        }

        await using ChildProcess process = ChildProcess.Start("Recording.Silo " + option, "dotnet", [ServiceProcess.ProgramPath("Recording.Silo", "Recording.Silo"), option], environment);
        return (await process.WaitForExitAsync(Patience), process.Output);
    }

    /// <summary>Sums of samples by name, labels left out.</summary>
    private static Dictionary<string, double> Parse(string page)
    {
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (string line in page.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(static line => line[0] != '#'))
        {
            int nameEnd = line.IndexOfAny(['{', ' ']);
            string value = line[(line.LastIndexOf('}') + 1)..].TrimStart('}').Trim();
            value = (line.Contains('{') ? value : line[nameEnd..].Trim()).Split(' ')[0];
            string name = line[..nameEnd];
            metrics[name] = metrics.GetValueOrDefault(name) + double.Parse(value, CultureInfo.InvariantCulture);
        }

        return metrics;
    }

    private static IPAddress? OwnAddress() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(static network => network.OperationalStatus == OperationalStatus.Up)
        .SelectMany(static network => network.GetIPProperties().UnicastAddresses)
        .Select(static unicast => unicast.Address)
        .FirstOrDefault(static address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address));
}
