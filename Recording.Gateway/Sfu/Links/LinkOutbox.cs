using System.Threading.Channels;
using Recording.Protocol.Frames;
using Wire = Recording.Protocol.Sfu;

namespace Recording.Gateway.Sfu.Links;

/// <summary>
/// Messages on their way to the SFU. Bounded: what can wait waits while it is busy, and when it is full the link has to be closed, for commands are said
/// once a connection and the next connection says them all again.
/// </summary>
/// <param name="onFull">Called when a message found no room.</param>
internal sealed class LinkOutbox(Action onFull)
{
    private const int Capacity = 4096;

    private readonly Channel<Wire.RecordingToSfu> _messages = Channel.CreateBounded<Wire.RecordingToSfu>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    private volatile bool _isComplete;

    /// <summary>The SFU reads slowly: what can be said later should be.</summary>
    public bool IsBusy => _messages.Reader.Count >= Capacity / 2;

    /// <summary>Queues a message; false = the queue is full or closed.</summary>
    public bool Send(Wire.RecordingToSfu message)
    {
        if (_messages.Writer.TryWrite(message))
        {
            return true;
        }

        if (!_isComplete)
        {
            onFull();
        }

        return false;
    }

    /// <summary>Queues an error answer, which has to leave room for everything else.</summary>
    public bool SendError(Wire.RecordingToSfu message) => _messages.Reader.Count < Capacity / 4 && Send(message);

    /// <summary>Nothing more is queued; what is there is still sent.</summary>
    public void Complete()
    {
        _isComplete = true;
        _messages.Writer.TryComplete();
    }

    /// <summary>Sends until completed.</summary>
    public async Task RunAsync(IFrameStream stream)
    {
        await foreach (Wire.RecordingToSfu message in _messages.Reader.ReadAllAsync())
        {
            using Frame frame = Frame.Of(message);
            await stream.WriteAsync(frame);
        }
    }
}
