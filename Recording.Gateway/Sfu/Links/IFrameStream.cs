using Recording.Protocol.Frames;

namespace Recording.Gateway.Sfu.Links;

/// <summary>The two directions of a link, whoever dialled.</summary>
internal interface IFrameStream
{
    /// <summary>Reads the next message, which the caller disposes; null = the other side ended.</summary>
    ValueTask<Frame?> ReadAsync();

    /// <summary>Sends a message; one at a time.</summary>
    Task WriteAsync(Frame frame);
}
