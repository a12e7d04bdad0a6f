using System.Collections.Concurrent;
using System.Threading.Channels;
using Google.Protobuf;
using Recording.Gateway.Sfu.Links;
using Recording.Protocol.Frames;
using Wire = Recording.Protocol.Sfu;

namespace Recording.Gateway.Tests.Sfu;

/// <summary>Both ends of a link without a network.</summary>
internal sealed class FakeFrameStream : IFrameStream
{
    private readonly Channel<byte[]> _incoming = Channel.CreateUnbounded<byte[]>();
    private int _read;

    public ConcurrentQueue<Wire.RecordingToSfu> Sent { get; } = new();

    /// <summary>Messages that the link has taken.</summary>
    public int Read => Volatile.Read(ref _read);

    public void Deliver(Wire.SfuToRecording message) => Deliver(message.ToByteArray());

    public void Deliver(byte[] message) => _incoming.Writer.TryWrite(message);

    /// <summary>The other end answers each heartbeat that it reads.</summary>
    public bool AnswersHeartbeats { get; set; }

    /// <summary>Completes when the other end reads; at once unless a test replaces it.</summary>
    public Task Reading { get; set; } = Task.CompletedTask;

    public void End() => _incoming.Writer.TryComplete();

    public async ValueTask<Frame?> ReadAsync()
    {
        if (!await _incoming.Reader.WaitToReadAsync() || !_incoming.Reader.TryRead(out byte[]? message))
        {
            return null;
        }

        Interlocked.Increment(ref _read);
        return Frame.Copy(message);
    }

    public async Task WriteAsync(Frame frame)
    {
        Wire.RecordingToSfu message = ((Wire.RecordingToSfu)frame.Message!).Clone();
        Sent.Enqueue(message);
        await Reading;
        if (AnswersHeartbeats && message.Heartbeat is { } heartbeat)
        {
            Deliver(new Wire.SfuToRecording { HeartbeatAck = new Wire.HeartbeatAck { Timestamp = heartbeat.Timestamp, ServerTime = heartbeat.Timestamp } });
        }
    }
}
