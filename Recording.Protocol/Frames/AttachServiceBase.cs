using Grpc.Core;

namespace Recording.Protocol.Frames;

/// <summary>Base of the server of <c>RecordingIngest.Attach</c> on frames; stands where the generated base class would.</summary>
[BindServiceMethod(typeof(AttachServiceBase), nameof(BindService))]
public abstract class AttachServiceBase
{
    /// <summary>Serves one link of an SFU that dialled us; returns when it is over.</summary>
    public abstract Task Attach(IAsyncStreamReader<Frame> requests, IServerStreamWriter<Frame> responses, ServerCallContext context);

    /// <summary>Called by gRPC when the service is mapped.</summary>
    public static void BindService(ServiceBinderBase binder, AttachServiceBase? service)
    {
        ArgumentNullException.ThrowIfNull(binder);
        binder.AddMethod(SfuMethods.Attach, service is null ? null : new DuplexStreamingServerMethod<Frame, Frame>(service.Attach));
    }
}
