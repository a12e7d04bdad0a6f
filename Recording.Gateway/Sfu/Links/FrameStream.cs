using Grpc.Core;
using Recording.Protocol.Frames;

namespace Recording.Gateway.Sfu.Links;

/// <summary>A link over a gRPC call, as its client or its server.</summary>
internal sealed class FrameStream(IAsyncStreamReader<Frame> reader, IAsyncStreamWriter<Frame> writer) : IFrameStream
{
    public async ValueTask<Frame?> ReadAsync() => await reader.MoveNext(CancellationToken.None) ? reader.Current : null;

    public Task WriteAsync(Frame frame) => writer.WriteAsync(frame);
}
