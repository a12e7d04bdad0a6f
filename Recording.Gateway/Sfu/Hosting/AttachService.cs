using Grpc.Core;
using Recording.Gateway.Sfu.Links;
using Recording.Model;
using Recording.Protocol.Errors;
using Recording.Protocol.Frames;

namespace Recording.Gateway.Sfu.Hosting;

/// <summary><c>RecordingIngest.Attach</c>: SFUs that dial us.</summary>
internal sealed class AttachService(SfuLinkServices services) : AttachServiceBase
{
    private static readonly TimeSpan s_farewell = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc />
    public override async Task Attach(IAsyncStreamReader<Frame> requests, IServerStreamWriter<Frame> responses, ServerCallContext context)
    {
        SfuToken.Demand(services.Options.Token, context);
        if (services.IsDraining)
        {
            throw ErrorDetails.ToRpcException(new RecordingException(RecordingErrorCode.ShuttingDown, "This process is shutting down"));
        }

        var link = new SfuLink(new FrameStream(requests, responses), services);
        await using CancellationTokenRegistration registration = context.CancellationToken.Register(() => link.Close(RecordingErrorCode.None, "The SFU's call is over"));
        LinkEnd end = await services.RunAsync(link);
        if (end.Code != RecordingErrorCode.None)
        {
            if (services.IsDraining)
            {
                // The connection ends right behind the call. Some clients then throw away what they have not read yet, unless they ended their side: the reason would be lost.
                await Task.WhenAny(link.WhenOtherSideEnded(), Task.Delay(s_farewell, services.Time));
            }

            throw ErrorDetails.ToRpcException(new RecordingException(end.Code, end.Reason));
        }
    }
}
