using Google.Protobuf;
using Grpc.Core;

namespace Recording.Protocol.Frames;

/// <summary>Copies messages in and out of gRPC without parsing them, so that one that does not parse cannot end a call.</summary>
public static class FrameMarshaller
{
    /// <summary>The marshaller of both directions of a link.</summary>
    public static Marshaller<Frame> Instance { get; } = new(Write, Read);

    private static Frame Read(DeserializationContext context) => Frame.Copy(context.PayloadAsReadOnlySequence());

    private static void Write(Frame frame, SerializationContext context)
    {
        if (frame.Message is { } message)
        {
            context.SetPayloadLength(message.CalculateSize());
            message.WriteTo(context.GetBufferWriter());
        }
        else
        {
            context.SetPayloadLength(frame.Length);
            frame.Span.CopyTo(context.GetBufferWriter().GetSpan(frame.Length));
            context.GetBufferWriter().Advance(frame.Length);
        }

        context.Complete();
    }
}
