using System.Buffers.Binary;
using Recording.Media.Opus;
using Recording.Media.Playback;

namespace Recording.Media.Depacketizers;

/// <summary>Opus (RFC 7587): the RTP payload is one Opus packet, the RTP clock always 48 kHz.</summary>
public sealed class OpusDepacketizer : IDepacketizer
{
    private readonly byte[] _head;

    /// <param name="channels">1 or 2; anything else counts as 2, which is what every Opus offer says (RFC 7587, 7).</param>
    public OpusDepacketizer(int channels = 2) => _head = Head(channels == 1 ? 1 : 2);

    /// <inheritdoc/>
    public string Codec => "opus";

    /// <inheritdoc/>
    public ReadOnlySpan<byte> CodecPrivate => _head;

    /// <inheritdoc/>
    public long DroppedFrames { get; private set; }

    /// <inheritdoc/>
    public long MalformedPackets { get; private set; }

    /// <inheritdoc/>
    public void Add(in MediaPacket packet, IMediaFrameSink sink)
    {
        if (!OpusPacket.TryParse(packet.Payload, out OpusPacket opus))
        {
            MalformedPackets++;
            DroppedFrames++;
            return;
        }

        sink.Add(new MediaFrame
        {
            Data = packet.Payload,
            Timestamp = packet.Timestamp,
            ClockSegment = packet.ClockSegment,
            Ssrc = packet.Ssrc,
            ArrivalUs = packet.ArrivalUs,
            IsKeyframe = true,
            IsVisible = true,
            Duration = opus.Samples,
            FollowsLoss = packet.LostBefore > 0,
        });
    }

    /// <inheritdoc/>
    public void Flush(IMediaFrameSink sink)
    {
        // Every packet is a whole frame: nothing is held back.
    }

    // RFC 7845, 5.1: "OpusHead", version 1, channels, pre-skip, input rate, gain, mapping family 0.
    // No pre-skip: the stream is joined in its middle, and every sample has its time from RTP.
    private static byte[] Head(int channels)
    {
        byte[] head = new byte[19];
        "OpusHead"u8.CopyTo(head);
        head[8] = 1;
        head[9] = (byte)channels;
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(12), 48_000);
        return head;
    }
}
