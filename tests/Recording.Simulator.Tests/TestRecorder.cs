using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Threading.Channels;
using Grpc.Core;
using Grpc.Net.Client;
using Recording.Media.TrackFiles;
using Recording.Protocol.Sfu;

namespace Recording.Simulator.Tests;

/// <summary>The least that a recorder does: registers, starts every room, subscribes every producer, keeps what it gets.</summary>
internal sealed class TestRecorder : IAsyncDisposable
{
    private readonly GrpcChannel _channel;
    private readonly AsyncDuplexStreamingCall<RecordingToSfu, SfuToRecording> _call;
    private readonly Channel<RecordingToSfu> _outgoing = Channel.CreateUnbounded<RecordingToSfu>();
    private readonly Task _running;
    private readonly ConcurrentDictionary<uint, string> _producers = new();
    private readonly ConcurrentDictionary<string, ulong> _resume;
    private int _request;

    private TestRecorder(IPEndPoint address, ulong fence, IEnumerable<string> capabilities, ConcurrentDictionary<string, ulong>? resume)
    {
        _resume = resume ?? new ConcurrentDictionary<string, ulong>(StringComparer.Ordinal);
        _channel = GrpcChannel.ForAddress($"http://{address}");
        _call = new RecordingSfuBridge.RecordingSfuBridgeClient(_channel).Connect();
        var register = new RecordingServiceRegister { ServiceId = "test", Version = "1", Fence = fence };
        register.Capabilities.Add(capabilities);
        Send(new RecordingToSfu { Register = register });
        _running = Task.WhenAll(Task.Run(ReadAsync), Task.Run(WriteAsync));
    }

    /// <summary>Acknowledge batches as they come.</summary>
    public bool Acknowledge { get; init; } = true;

    public ConcurrentQueue<SfuToRecording> Messages { get; } = new();

    /// <summary>Packets by producer, in order of arrival; index 0 for a plan-only SFU.</summary>
    public ConcurrentDictionary<string, ConcurrentQueue<(ulong Index, string Sha256)>> Packets { get; } = new(StringComparer.Ordinal);

    public ConcurrentDictionary<string, ulong> Ended { get; } = new(StringComparer.Ordinal);

    public IEnumerable<RecordingRoomEvent> Events => Messages.Where(m => m.RoomEvent is not null).Select(m => m.RoomEvent);

    public Task Running => _running;

    public static TestRecorder Connect(IPEndPoint address, ulong fence = 1, IEnumerable<string>? capabilities = null, bool acknowledge = true, ConcurrentDictionary<string, ulong>? resume = null) =>
        new(address, fence, capabilities ?? Sfu.SfuCapabilities.All, resume) { Acknowledge = acknowledge };

    public void Send(RecordingToSfu message)
    {
        message.RequestId = $"{Interlocked.Increment(ref _request)}";
        _outgoing.Writer.TryWrite(message);
    }

    public uint HandleOf(string producerId) => _producers.First(pair => pair.Value == producerId).Key;

    public async ValueTask DisposeAsync()
    {
        _outgoing.Writer.TryComplete();
        _call.Dispose();
        try
        {
            await _running;
        }
        catch (Exception exception) when (exception is RpcException or IOException or InvalidOperationException)
        {
            // The call was cut on purpose.
            Assert.NotNull(exception.Message);
        }

        _channel.Dispose();
    }

    private async Task WriteAsync()
    {
        await foreach (RecordingToSfu message in _outgoing.Reader.ReadAllAsync())
        {
            await _call.RequestStream.WriteAsync(message);
        }

        await _call.RequestStream.CompleteAsync();
    }

    private async Task ReadAsync()
    {
        await foreach (SfuToRecording message in _call.ResponseStream.ReadAllAsync())
        {
            Messages.Enqueue(message);
            Handle(message);
        }
    }

    private void Handle(SfuToRecording message)
    {
        switch (message.PayloadCase)
        {
            case SfuToRecording.PayloadOneofCase.RegisterResponse when message.RegisterResponse.SessionId != 0:
                Send(new RecordingToSfu { RoomSnapshotRequest = new RoomSnapshotRequest() });
                break;
            case SfuToRecording.PayloadOneofCase.RoomSnapshot:
                foreach (ProducerState producer in message.RoomSnapshot.Rooms.SelectMany(room => room.Producers))
                {
                    Subscribe(message.RoomSnapshot.Rooms[0].Room.RoomId, producer.Producer.ProducerId);
                }

                break;
            case SfuToRecording.PayloadOneofCase.RoomEvent when message.RoomEvent.RoomCreated is not null:
                Send(new RecordingToSfu { StartRecording = new StartRecordingRequest { RoomId = message.RoomEvent.RoomId, RequesterId = "peer-1" } });
                break;
            case SfuToRecording.PayloadOneofCase.RoomEvent when message.RoomEvent.ProducerCreated is { } created:
                Subscribe(message.RoomEvent.RoomId, created.ProducerId);
                break;
            case SfuToRecording.PayloadOneofCase.TrackSubscribed when message.TrackSubscribed.TrackHandle != 0:
                _producers[message.TrackSubscribed.TrackHandle] = message.TrackSubscribed.ProducerId;
                break;
            case SfuToRecording.PayloadOneofCase.RtpBatch:
                Take(message.RtpBatch);
                break;
            case SfuToRecording.PayloadOneofCase.RtpPacket:
                Add(message.RtpPacket.ProducerId, 0, message.RtpPacket.RtpData.Span);
                break;
            case SfuToRecording.PayloadOneofCase.TrackEnded:
                Ended[_producers[message.TrackEnded.TrackHandle]] = message.TrackEnded.LastIndex;
                break;
            default:
                break;
        }
    }

    private void Subscribe(string roomId, string producerId) => Send(new RecordingToSfu
    {
        SubscribeTrack = new SubscribeTrackRequest
        {
            RoomId = roomId,
            ProducerId = producerId,
            RecordingId = $"rec-{roomId}",
            ResumeFrom = _resume.TryGetValue(producerId, out ulong from) ? from : 0,
        },
    });

    private void Take(RtpBatch batch)
    {
        var reader = new DataPayloadReader(batch.Packets.Span, batch.BaseTimeUs);
        ulong index = batch.FirstIndex;
        while (reader.Read())
        {
            Add(_producers[batch.TrackHandle], index++, reader.Packet);
        }

        Assert.Equal(batch.FirstIndex + batch.Count, index);
        if (Acknowledge)
        {
            _resume[_producers[batch.TrackHandle]] = index;
            Send(new RecordingToSfu { RtpAck = new RtpAck { TrackHandle = batch.TrackHandle, DurableIndex = index - 1, WindowBytes = 1 << 20 } });
        }
    }

    private void Add(string producerId, ulong index, ReadOnlySpan<byte> packet) =>
        Packets.GetOrAdd(producerId, _ => new ConcurrentQueue<(ulong Index, string Sha256)>()).Enqueue((index, Convert.ToHexStringLower(SHA256.HashData(packet))));
}
