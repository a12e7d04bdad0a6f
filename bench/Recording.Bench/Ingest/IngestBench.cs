using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Recording.TestInfrastructure;

namespace Recording.Bench.Ingest;

/// <summary>
/// CPU of the receiving process a packet, from gRPC to stored segment: the service as one process on a directory, with the plan's per-packet messages and
/// with batches, beside a sink that only receives the same per-packet stream. Sender and receiver are different processes; only the receiver's CPU counts.
/// </summary>
internal static class IngestBench
{
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(4);

    public static async Task<int> RunAsync(IngestOptions options)
    {
        // Deleted at the end: for minutes after so many deletions the file system is slower at making files, which the next run would pay for.
        using var data = new TemporaryFolder();
        foreach (int bytes in options.PacketSizes)
        {
            Measurement sink = await MeasureSinkAsync(options, bytes);
            Measurement perPacket = await MeasureServiceAsync(options, StreamKind.PerPacket, bytes, Path.Combine(data.Path, $"packets-{bytes}"));
            Measurement batch = await MeasureServiceAsync(options, StreamKind.Batch, bytes, Path.Combine(data.Path, $"batches-{bytes}"));
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                packet_bytes = bytes,
                sink_us = Math.Round(sink.Microseconds, 2),
                per_packet_us = Math.Round(perPacket.Microseconds, 2),
                batch_us = Math.Round(batch.Microseconds, 2),
                per_packet_ratio = Math.Round(perPacket.Microseconds / sink.Microseconds, 2),
                batch_ratio = Math.Round(batch.Microseconds / sink.Microseconds, 2),
                packets_per_s = Math.Round(perPacket.PacketsPerSecond),
                bytes_per_track = perPacket.BytesPerTrack,
            }));
        }

        return 0;
    }

    private static async Task<Measurement> MeasureSinkAsync(IngestOptions options, int bytes)
    {
        int port = LoopbackPort.Free();
        await using ChildProcess sink = ChildProcess.Start("sink", "dotnet", [typeof(IngestBench).Assembly.Location, "sink", port.ToString(CultureInfo.InvariantCulture)]);
        var address = new Uri($"http://127.0.0.1:{port}");
        await Eventually.HoldsAsync("the sink listens", TimeSpan.FromSeconds(30), async () =>
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
        await using PacketSender sender = await PacketSender.ConnectAsync(address, options, StreamKind.PerPacket, bytes, handshake: false);
        return await MeasureAsync(sender, sink.Id, options);
    }

    private static async Task<Measurement> MeasureServiceAsync(IngestOptions options, StreamKind kind, int bytes, string data)
    {
        await using ServiceProcess service = await ServiceProcess.StartAsync("Recording.Silo", new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["RECORDING_DATA"] = data,
            ["RECORDING_SPOOL"] = Path.Combine(data, "spool"),
            ["RECORDING_LOG_LEVEL"] = "warn",
            ["PROCESSOR_WORKERS"] = "0",
        });
        await using PacketSender sender = await PacketSender.ConnectAsync(service.GrpcAddress, options, kind, bytes, handshake: true);
        return await MeasureAsync(sender, service.Process.Id, options);
    }

    private static async Task<Measurement> MeasureAsync(PacketSender sender, int receiver, IngestOptions options)
    {
        using Process process = Process.GetProcessById(receiver);
        process.Refresh();
        long memoryBefore = process.WorkingSet64;
        await sender.SendAsync(options.WarmupSeconds);
        await DrainAsync(sender);

        process.Refresh();
        TimeSpan before = process.TotalProcessorTime;
        long startedAt = TimeProvider.System.GetTimestamp();
        long packets = await sender.SendAsync(options.Seconds);
        double seconds = TimeProvider.System.GetElapsedTime(startedAt).TotalSeconds;
        process.Refresh();
        long memory = process.WorkingSet64 - memoryBefore;
        await DrainAsync(sender);
        process.Refresh();
        double used = (process.TotalProcessorTime - before).TotalMicroseconds;
        return new Measurement(used / packets, packets / seconds, Math.Max(0, memory) / options.Tracks);
    }

    // Until everything is acknowledged; then long enough for the last segments of a stream without acknowledgement.
    private static async Task DrainAsync(PacketSender sender)
    {
        await Eventually.HoldsAsync("everything is acknowledged", TimeSpan.FromSeconds(60), () => sender.Unacknowledged == 0);
        using var timer = new PeriodicTimer(DrainTime);
        await timer.WaitForNextTickAsync();
    }

    private sealed record Measurement(double Microseconds, double PacketsPerSecond, long BytesPerTrack);
}
