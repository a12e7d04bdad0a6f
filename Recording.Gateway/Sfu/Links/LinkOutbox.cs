using System.Threading.Channels;
using Recording.Protocol.Frames;
using Wire = Recording.Protocol.Sfu;

namespace Recording.Gateway.Sfu.Links;

/// <summary>Messages on their way to the SFU. Bounded: an SFU that does not read loses what is repeated anyway.</summary>
internal sealed class LinkOutbox
{
    private const int Capacity = 4096;

    private readonly Channel<Wire.RecordingToSfu> _messages = Channel.CreateBounded<Wire.RecordingToSfu>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    /// <summary>Queues a message; false = the queue is full or closed.</summary>
    public bool Send(Wire.RecordingToSfu message) => _messages.Writer.TryWrite(message);

    /// <summary>Queues an error answer, which has to leave room for everything else.</summary>
    public bool SendError(Wire.RecordingToSfu message) => _messages.Reader.Count < Capacity / 4 && Send(message);

    /// <summary>Nothing more is queued; what is there is still sent.</summary>
    public void Complete() => _messages.Writer.TryComplete();

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
