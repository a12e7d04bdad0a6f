using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Recording.Bench.Ingest;
using Recording.TestInfrastructure;

namespace Recording.Bench.Latency;

/// <summary>
/// From sending a packet to its acknowledgement as durable, at a fixed rate, on a directory and on a real S3 server (Ceph RGW); with the Puts a second and the CPU that
/// the service needs for it, beside a sink that receives the same packets one by one and drops them.
/// </summary>
internal static class LatencyBench
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);

    public static async Task<int> RunAsync(LatencyOptions options)
    {
        IngestOptions load = options.Load;
        double sinkCpu = await MeasureSinkAsync(load);
        foreach (string store in options.Stores)
        {
            await using RadosGateway? server = store == "s3" ? await RadosGateway.StartAsync() : null;
            Console.WriteLine(JsonSerializer.Serialize(await MeasureAsync(load, store, server, options.HasSpool, sinkCpu)));
        }

        return 0;
    }

    private static async Task<object> MeasureAsync(IngestOptions load, string store, RadosGateway? server, bool hasSpool, double sinkCpu)
    {
        using var data = new TemporaryFolder();
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["RECORDING_DATA"] = Path.Combine(data.Path, "data"),
            ["RECORDING_SPOOL"] = hasSpool ? Path.Combine(data.Path, "spool") : "none",
            ["RECORDING_LOG_LEVEL"] = "warn",
            ["PROCESSOR_WORKERS"] = "0",
        };
        if (server is not null)
        {
            settings["RECORDING_S3_ENDPOINT"] = server.Endpoint;
            settings["RECORDING_S3_ACCESS_KEY"] = RadosGateway.AccessKey;
            settings["RECORDING_S3_SECRET_KEY"] = RadosGateway.SecretKey;
        }

        await using ServiceProcess service = await ServiceProcess.StartAsync("Recording.Silo", settings);
        var latency = new LatencyHistogram();
        await using PacketSender sender = await PacketSender.ConnectAsync(service.GrpcAddress, load, StreamKind.Batch, load.PacketSizes[0], handshake: true, latency);
        await sender.SendAsync(load.WarmupSeconds);

        latency.Clear();
        using Process process = Process.GetProcessById(service.Process.Id);
        process.Refresh();
        TimeSpan cpuBefore = process.TotalProcessorTime;
        double putsBefore = await PutsAsync(service);
        long startedAt = TimeProvider.System.GetTimestamp();
        long packets = await sender.SendAsync(load.Seconds);
        double seconds = TimeProvider.System.GetElapsedTime(startedAt).TotalSeconds;
        process.Refresh();
        double cpu = (process.TotalProcessorTime - cpuBefore).TotalSeconds / seconds;
        double puts = (await PutsAsync(service) - putsBefore) / seconds;
        await Eventually.HoldsAsync("everything is acknowledged", StartDeadline, () => sender.Unacknowledged == 0);
        return new
        {
            store,
            tracks = load.Tracks,
            packet_bytes = load.PacketSizes[0],
            packets_per_s = Math.Round(packets / seconds),
            p50_ms = latency.Percentile(0.5),
            p99_ms = latency.Percentile(0.99),
            puts_per_s = Math.Round(puts, 1),
            cpu_cores = Math.Round(cpu, 2),
            sink_cpu_cores = Math.Round(sinkCpu, 2),
            rss_mb = process.WorkingSet64 >> 20,
        };
    }

    private static async Task<double> MeasureSinkAsync(IngestOptions load)
    {
        int port = LoopbackPort.Free();
        await using ChildProcess sink = ChildProcess.Start("sink", "dotnet", [typeof(LatencyBench).Assembly.Location, "sink", port.ToString(CultureInfo.InvariantCulture)]);
        await Eventually.HoldsAsync("the sink listens", StartDeadline, async () =>
        {
            using var client = new System.Net.Sockets.TcpClient();
            try
            {
                await client.ConnectAsync("127.0.0.1", port);
                return true;
            }
            catch (System.Net.Sockets.SocketException)
            {
                return false;
            }
        });
        await using PacketSender sender = await PacketSender.ConnectAsync(new Uri($"http://127.0.0.1:{port}"), load, StreamKind.PerPacket, load.PacketSizes[0], handshake: false);
        await sender.SendAsync(Math.Min(5, load.WarmupSeconds));
        using Process process = Process.GetProcessById(sink.Id);
        process.Refresh();
        TimeSpan before = process.TotalProcessorTime;
        long startedAt = TimeProvider.System.GetTimestamp();
        await sender.SendAsync(Math.Min(10, load.Seconds));
        double seconds = TimeProvider.System.GetElapsedTime(startedAt).TotalSeconds;
        process.Refresh();
        return (process.TotalProcessorTime - before).TotalSeconds / seconds;
    }

    private static async Task<double> PutsAsync(ServiceProcess service)
    {
        using var client = new HttpClient();
        string page = await client.GetStringAsync(new Uri($"http://127.0.0.1:{service.HttpPort}/metrics"));
        return page.Split('\n')
            .Where(static line => line.StartsWith("recording_segment_puts_total", StringComparison.Ordinal))
            .Sum(static line => double.Parse(line[(line.IndexOf('}', StringComparison.Ordinal) + 1)..].Replace("recording_segment_puts_total", "", StringComparison.Ordinal).Trim().Split(' ')[0], CultureInfo.InvariantCulture));
    }
}
