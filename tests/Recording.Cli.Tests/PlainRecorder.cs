using Grpc.Core;
using Grpc.Net.Client;
using Recording.Protocol.Sfu;

namespace Recording.Cli.Tests;

/// <summary>A recorder of the plan's messages alone that counts packets.</summary>
internal sealed class PlainRecorder : IAsyncDisposable
{
    private readonly GrpcChannel _channel;
    private readonly AsyncDuplexStreamingCall<RecordingToSfu, SfuToRecording> _call;
    private readonly Task _reading;
    private long _packets;

    private PlainRecorder(GrpcChannel channel, AsyncDuplexStreamingCall<RecordingToSfu, SfuToRecording> call)
    {
        _channel = channel;
        _call = call;
        _reading = Task.Run(ReadAsync);
    }

    public long Packets => Interlocked.Read(ref _packets);

    public static async Task<PlainRecorder> ConnectAsync(int port)
    {
        GrpcChannel channel = GrpcChannel.ForAddress($"http://127.0.0.1:{port}");
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await channel.ConnectAsync(deadline.Token);
        AsyncDuplexStreamingCall<RecordingToSfu, SfuToRecording> call = new RecordingSfuBridge.RecordingSfuBridgeClient(channel).Connect(CallOptionsWithReady());
        await call.RequestStream.WriteAsync(new RecordingToSfu { Register = new RecordingServiceRegister { ServiceId = "plain" } });
        return new PlainRecorder(channel, call);
    }

    public async ValueTask DisposeAsync()
    {
        _call.Dispose();
        await _reading;
        _channel.Dispose();
    }

    private static CallOptions CallOptionsWithReady() => new CallOptions().WithWaitForReady();

    private async Task ReadAsync()
    {
        try
        {
            await foreach (SfuToRecording message in _call.ResponseStream.ReadAllAsync())
            {
                if (message.RtpPacket is not null)
                {
                    Interlocked.Increment(ref _packets);
                }
                else if (message.RoomEvent?.ProducerCreated is { } created)
                {
                    await _call.RequestStream.WriteAsync(new RecordingToSfu { SubscribeTrack = new SubscribeTrackRequest { RoomId = message.RoomEvent.RoomId, ProducerId = created.ProducerId } });
                }
            }
        }
        catch (RpcException exception) when (exception.StatusCode is StatusCode.Cancelled or StatusCode.Unavailable)
        {
            Assert.NotEmpty(exception.Status.Detail);
        }
    }
}
