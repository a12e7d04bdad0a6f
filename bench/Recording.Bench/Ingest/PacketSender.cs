using System.Buffers.Binary;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Recording.Bench.Latency;
using Recording.Protocol.Ingest;
using Recording.Protocol.Sfu;

namespace Recording.Bench.Ingest;

/// <summary>An SFU that dials in and sends packets of one size at a fixed rate, in this process, whose CPU is not counted.</summary>
internal sealed class PacketSender : IAsyncDisposable
{
    private const int BatchMilliseconds = 20;
    private const int MaxBatchPackets = 40;
    private const int BurstPackets = 10;

    private readonly GrpcChannel _channel;
    private readonly AsyncDuplexStreamingCall<SfuToRecording, RecordingToSfu> _call;
    private readonly IngestOptions _options;
    private readonly StreamKind _kind;
    private readonly BenchTrack[] _tracks;
    private readonly SemaphoreSlim _write = new(1);
    private readonly SemaphoreSlim _acknowledged = new(0);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;
    private readonly byte[] _packet;
    private int _subscribed;

    private PacketSender(Uri address, IngestOptions options, StreamKind kind, int packetBytes, LatencyHistogram? latency)
    {
        _options = options;
        _kind = kind;
        _packet = new byte[packetBytes];
        Random.Shared.NextBytes(_packet);
        _tracks = [.. Enumerable.Range(0, options.Tracks).Select(i => new BenchTrack(i) { Latency = latency })];
        _channel = GrpcChannel.ForAddress(address);
        _call = new RecordingIngest.RecordingIngestClient(_channel).Attach();
        _reading = ReadAsync();
    }

    /// <summary>Indexes that the recorder has not acknowledged yet; without acknowledgement always 0.</summary>
    public long Unacknowledged => _kind == StreamKind.Batch ? _tracks.Sum(static track => Math.Max(0, (long)track.Sent - (long)track.Durable)) : 0;

    public long Sent => _tracks.Sum(static track => (long)track.Sent);

    /// <summary>Connects; with <paramref name="handshake"/> waits until every track is subscribed.</summary>
    public static async Task<PacketSender> ConnectAsync(Uri address, IngestOptions options, StreamKind kind, int packetBytes, bool handshake, LatencyHistogram? latency = null)
    {
        var sender = new PacketSender(address, options, kind, packetBytes, latency);
        if (handshake)
        {
            await sender._ready.Task.WaitAsync(TimeSpan.FromSeconds(60));
        }

        return sender;
    }

    /// <summary>Sends for a while, at the rate or as fast as it is taken, and returns how many packets went out.</summary>
    public async Task<long> SendAsync(int seconds)
    {
        long before = Sent;
        long startedAt = TimeProvider.System.GetTimestamp();
        if (_options.Rate == 0)
        {
            while (TimeProvider.System.GetElapsedTime(startedAt).TotalSeconds < seconds)
            {
                await SendRoundAsync(BurstPackets);
            }

            return Sent - before;
        }

        long perTrack = 0;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(BatchMilliseconds));
        while (perTrack < (long)seconds * _options.Rate)
        {
            await timer.WaitForNextTickAsync();
            long due = Math.Min((long)seconds * _options.Rate, (long)(TimeProvider.System.GetElapsedTime(startedAt).TotalSeconds * _options.Rate));
            await SendRoundAsync((int)(due - perTrack));
            perTrack = due;
        }

        return Sent - before;
    }

    /// <summary>Closes the room, so that the recording ends.</summary>
    public async ValueTask DisposeAsync()
    {
        for (int room = 0; room < Rooms; room++)
        {
            await WriteAsync(new SfuToRecording { RoomEvent = new RecordingRoomEvent { RoomId = BenchTrack.RoomOf(room), RoomClosed = new RoomClosed { RoomId = BenchTrack.RoomOf(room) } } });
        }

        await _call.RequestStream.CompleteAsync();
        try
        {
            await _reading.WaitAsync(TimeSpan.FromSeconds(5));
        }
        catch (Exception exception) when (exception is RpcException or TimeoutException)
        {
            // The sink never ends its side; nothing is measured from here on.
            await Console.Error.WriteLineAsync("sender: " + exception.GetType().Name);
        }

        _call.Dispose();
        _channel.Dispose();
        _write.Dispose();
        _acknowledged.Dispose();
    }

    private int Rooms => (_options.Tracks + IngestOptions.TracksPerRoom - 1) / IngestOptions.TracksPerRoom;

    private async Task SendRoundAsync(int packets)
    {
        bool any = packets == 0;
        foreach (BenchTrack track in _tracks)
        {
            if (packets > 0 && track.Fits(_kind, packets, _packet.Length))
            {
                await SendTrackAsync(track, packets);
                any = true;
            }
        }

        if (!any)
        {
            // Every window is full: wait for an acknowledgement.
            await _acknowledged.WaitAsync(TimeSpan.FromSeconds(1));
        }
    }

    private async Task SendTrackAsync(BenchTrack track, int count)
    {
        long nowUs = (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / 10;
        if (_kind == StreamKind.Batch)
        {
            // After a stall of this process more is due than one batch may hold.
            for (int left = count; left > 0; left -= MaxBatchPackets)
            {
                await WriteAsync(new SfuToRecording { RtpBatch = track.NextBatch(_packet, Math.Min(left, MaxBatchPackets), nowUs) });
            }

            return;
        }

        for (int i = 0; i < count; i++)
        {
            await WriteAsync(new SfuToRecording { RtpPacket = track.NextPacket(_packet, nowUs / 1000) });
        }
    }

    private async Task WriteAsync(SfuToRecording message)
    {
        await _write.WaitAsync();
        try
        {
            await _call.RequestStream.WriteAsync(message);
        }
        finally
        {
            _write.Release();
        }
    }

    private async Task ReadAsync()
    {
        while (await _call.ResponseStream.MoveNext(CancellationToken.None))
        {
            RecordingToSfu message = _call.ResponseStream.Current;
            switch (message.PayloadCase)
            {
                case RecordingToSfu.PayloadOneofCase.Register:
                    await RegisterAsync(message.RequestId);
                    break;
                case RecordingToSfu.PayloadOneofCase.StartRecording:
                    await WriteAsync(new SfuToRecording { RequestId = message.RequestId, StartRecordingResponse = new StartRecordingResponse { Success = true, RecordingId = message.StartRecording.RoomId } });
                    break;
                case RecordingToSfu.PayloadOneofCase.SubscribeTrack:
                    await SubscribedAsync(message);
                    break;
                case RecordingToSfu.PayloadOneofCase.RtpAck:
                    _tracks[message.RtpAck.TrackHandle - 1].Acknowledge(message.RtpAck.DurableIndex);
                    _tracks[message.RtpAck.TrackHandle - 1].Window = message.RtpAck.WindowBytes;
                    if (_acknowledged.CurrentCount == 0)
                    {
                        _acknowledged.Release();
                    }

                    break;
                case RecordingToSfu.PayloadOneofCase.Heartbeat:
                    await WriteAsync(new SfuToRecording
                    {
                        RequestId = message.RequestId,
                        HeartbeatAck = new HeartbeatAck { Timestamp = message.Heartbeat.Timestamp, ServerTime = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() },
                    });
                    break;
                case RecordingToSfu.PayloadOneofCase.Error:
                    await Console.Error.WriteLineAsync($"recorder: {message.Error.Code} {message.Error.Message}");
                    break;
                default:
                    break;
            }
        }
    }

    private async Task RegisterAsync(string requestId)
    {
        var response = new RecordingServiceRegisterResponse { Success = true, SfuId = "bench" };
        if (_kind == StreamKind.Batch)
        {
            response.SessionId = (ulong)Random.Shared.NextInt64(1, long.MaxValue);
            response.Capabilities.AddRange(["rtp_batch", "rtp_ack"]);
        }

        await WriteAsync(new SfuToRecording { RequestId = requestId, RegisterResponse = response });
        for (int room = 0; room < Rooms; room++)
        {
            string roomId = BenchTrack.RoomOf(room);
            var policy = new RecordingPolicy { Enabled = true, AutoRecord = true, WhoCanRecord = "all" };
            await WriteAsync(new SfuToRecording { RoomEvent = new RecordingRoomEvent { RoomId = roomId, EventIndex = 1, RoomCreated = new RoomCreated { RoomId = roomId, Policy = policy } } });
        }

        foreach (BenchTrack track in _tracks)
        {
            await WriteAsync(new SfuToRecording { RoomEvent = new RecordingRoomEvent { RoomId = track.RoomId, EventIndex = track.EventIndex, ProducerCreated = track.Producer() } });
        }
    }

    private async Task SubscribedAsync(RecordingToSfu message)
    {
        BenchTrack track = _tracks.Single(candidate => candidate.ProducerId == message.SubscribeTrack.ProducerId);
        await WriteAsync(new SfuToRecording { RequestId = message.RequestId, TrackSubscribed = track.Subscribed(_kind) });
        if (!track.IsSubscribed)
        {
            track.IsSubscribed = true;
            if (++_subscribed == _tracks.Length)
            {
                _ready.TrySetResult();
            }
        }
    }
}
