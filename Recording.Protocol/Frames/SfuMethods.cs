using Grpc.Core;

namespace Recording.Protocol.Frames;

/// <summary>The two calls that carry a link, with frames instead of parsed messages.</summary>
public static class SfuMethods
{
    /// <summary><c>RecordingSfuBridge.Connect</c>, as its client: we dial the SFU.</summary>
    public static Method<Frame, Frame> Connect { get; } = new(
        MethodType.DuplexStreaming, "recording.sfu.RecordingSfuBridge", "Connect", FrameMarshaller.Instance, FrameMarshaller.Instance);

    /// <summary><c>RecordingIngest.Attach</c>, as its server: the SFU dials us.</summary>
    public static Method<Frame, Frame> Attach { get; } = new(
        MethodType.DuplexStreaming, "recording.ingest.RecordingIngest", "Attach", FrameMarshaller.Instance, FrameMarshaller.Instance);
}
