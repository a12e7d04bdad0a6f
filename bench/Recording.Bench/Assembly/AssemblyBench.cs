using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Recording.Grains.Recordings;
using Recording.Grains.Recordings.State;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;
using Recording.Storage;
using Recording.TestInfrastructure;

namespace Recording.Bench.Assembly;

/// <summary>Assembles one large track from a directory store or a real S3 server (Ceph RGW) and says how much memory that took beyond what the process held before.</summary>
internal static class AssemblyBench
{
    private const string Prefix = "rooms/bench/01arz3ndektsv4rrffq69g5fav/";
    private const string TrackId = "peer-video";
    private const ulong Epoch = 7;
    private const uint Ssrc = 0x5EA1;
    private const int PacketBytes = 1100;
    private const int PacketsPerBlock = 55;
    private const int BlocksPerSegment = 130;
    private const int PacketsPerKeyframe = 3000;
    private const int TicksPerPacket = 90;
    private const long StartUs = 1_700_000_000_000_000;

    /// <summary>Prints one JSON object; exit code 1 when the bound is exceeded.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        long bytes = Number(arguments, "--mb", 2048) << 20;
        long bound = Number(arguments, "--bound-mb", 64) << 20;
        bool onS3 = Array.IndexOf(arguments, "s3") is > 0 and var at && arguments[at - 1] == "--store";
        string root = Directory.CreateTempSubdirectory("recording-bench-").FullName;
        await using RadosGateway? server = onS3 ? await RadosGateway.StartAsync() : null;
        IObjectStore store = server is null
            ? new DirectoryObjectStore(new DirectoryStoreOptions { Root = root, FlushToDisk = false }, TimeProvider.System)
            : await BucketAsync(server);
        try
        {
            List<SegmentEntry> segments = await WriteSegmentsAsync(store, bytes);
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            long idle = ProcessMemory.Resident();
            ProcessMemory.ResetPeak();
            long started = Stopwatch.GetTimestamp();
            AssembledTrack made = (await new StoredAssembly(store).RunAsync(
                new AssemblyRequest(Prefix, TrackId, RecordingKeys.TrackFile(TrackId), segments, Base: null), CancellationToken.None))!;
            TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
            long above = ProcessMemory.Peak() - idle;
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                store = onS3 ? "s3" : "directory",
                bytes = made.Size,
                packets = made.Packets,
                lost = made.Lost,
                segments = segments.Count,
                seconds = Math.Round(elapsed.TotalSeconds, 2),
                mb_per_second = Math.Round(made.Size / elapsed.TotalSeconds / (1 << 20), 1),
                idle_mb = Math.Round(idle / (double)(1 << 20), 1),
                above_idle_mb = Math.Round(above / (double)(1 << 20), 1),
                bound_mb = bound >> 20,
            }));
            return above < bound && made.Lost == 0 ? 0 : 1;
        }
        finally
        {
            (store as IDisposable)?.Dispose();
            Directory.Delete(root, recursive: true);
        }
    }

    private static async Task<IObjectStore> BucketAsync(RadosGateway server)
    {
        var store = new S3ObjectStore(
            new S3StoreOptions { Endpoint = server.Endpoint, AccessKey = RadosGateway.AccessKey, SecretKey = RadosGateway.SecretKey }, TimeProvider.System);
        await store.EnsureBucketAsync();
        return store;
    }

    private static async Task<List<SegmentEntry>> WriteSegmentsAsync(IObjectStore store, long bytes)
    {
        var header = new TrackHeader
        {
            FileVersion = TrackSection.FileVersion,
            TrackId = TrackId,
            Kind = "video",
            Format = new TrackFormat { PayloadTypes = { new PayloadFormat { Pt = 96, Codec = "VP8", ClockRate = 90_000 } } },
        };
        byte[] section = TrackSection.Encode(header.ToByteArray());
        byte[] packet = new byte[PacketBytes];
        new Random(1).NextBytes(packet);
        List<SegmentEntry> segments = [];
        var content = new ArrayBufferWriter<byte>();
        ulong next = 1;
        for (long written = 0; written < bytes;)
        {
            content.ResetWrittenCount();
            content.Write(section);
            ulong first = next;
            for (int block = 0; block < BlocksPerSegment; block++)
            {
                WriteBlock(content, packet, next);
                next += PacketsPerBlock;
            }

            var key = new SegmentKey(Epoch, first, next - 1, "bench");
            await store.PutAsync(RecordingKeys.Segment(Prefix, TrackId, key), content.WrittenMemory);
            segments.Add(new SegmentEntry { Name = key.FileName, Size = content.WrittenCount });
            written += content.WrittenCount;
        }

        return segments;
    }

    private static void WriteBlock(ArrayBufferWriter<byte> content, byte[] packet, ulong first)
    {
        var payload = new DataPayloadWriter();
        for (ulong index = first; index < first + PacketsPerBlock; index++)
        {
            packet[0] = 0x80;
            packet[1] = 96;
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)index);
            BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), (uint)(index * TicksPerPacket));
            BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), Ssrc);

            // VP8 (RFC 7741): each packet starts a frame, one of 3000 a key frame.
            packet[12] = 0x10;
            packet[13] = (byte)(index % PacketsPerKeyframe == 0 ? 0x00 : 0x01);
            if (!payload.TryAdd(StartUs + (long)(index * 1000), packet))
            {
                throw new InvalidOperationException("A block of the bench does not fit.");
            }
        }

        Block.Write(content, new BlockHeader(BlockKind.Data, BlockFlags.None, payload.Length, PacketsPerBlock, Epoch, first, payload.BaseTimeUs, payload.BaseTimeUs), payload.Payload);
    }

    private static long Number(string[] arguments, string name, long fallback)
    {
        int at = Array.IndexOf(arguments, name);
        return at >= 0 && at + 1 < arguments.Length ? long.Parse(arguments[at + 1], CultureInfo.InvariantCulture) : fallback;
    }
}
