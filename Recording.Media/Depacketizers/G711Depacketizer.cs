using System.Buffers.Binary;
using Recording.Media.Playback;

namespace Recording.Media.Depacketizers;

/// <summary>G.711, PCMU and PCMA (RFC 3551, 4.5.14): the RTP payload is samples of one byte each.</summary>
public sealed class G711Depacketizer : IDepacketizer
{
    private const ushort MuLawTag = 7;
    private const ushort ALawTag = 6;
    private readonly int _channels;
    private readonly byte[] _format;

    /// <param name="codec">pcmu or pcma.</param>
    /// <param name="clockRate">Samples a second; 8000 in every static payload type.</param>
    /// <param name="channels">Interleaved channels, at least 1.</param>
    public G711Depacketizer(string codec, int clockRate, int channels)
    {
        Codec = codec;
        _channels = Math.Clamp(channels, 1, 8);
        _format = WaveFormat(codec == "pcmu" ? MuLawTag : ALawTag, clockRate, _channels);
    }

    /// <inheritdoc/>
    public string Codec { get; }

    /// <summary>WAVEFORMATEX, little endian, as Matroska's A_MS/ACM asks for.</summary>
    public ReadOnlySpan<byte> CodecPrivate => _format;

    /// <inheritdoc/>
    public long DroppedFrames { get; private set; }

    /// <inheritdoc/>
    public long MalformedPackets { get; private set; }

    /// <inheritdoc/>
    public void Add(in MediaPacket packet, IMediaFrameSink sink)
    {
        int samples = packet.Payload.Length / _channels;
        if (samples == 0 || samples * _channels != packet.Payload.Length)
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
            Duration = samples,
            FollowsLoss = packet.LostBefore > 0,
        });
    }

    /// <inheritdoc/>
    public void Flush(IMediaFrameSink sink)
    {
        // Every packet is a whole frame: nothing is held back.
    }

    private static byte[] WaveFormat(ushort tag, int clockRate, int channels)
    {
        byte[] format = new byte[18];
        BinaryPrimitives.WriteUInt16LittleEndian(format, tag);
        BinaryPrimitives.WriteUInt16LittleEndian(format.AsSpan(2), (ushort)channels);
        BinaryPrimitives.WriteInt32LittleEndian(format.AsSpan(4), clockRate);
        BinaryPrimitives.WriteInt32LittleEndian(format.AsSpan(8), clockRate * channels);
        BinaryPrimitives.WriteUInt16LittleEndian(format.AsSpan(12), (ushort)channels);
        BinaryPrimitives.WriteUInt16LittleEndian(format.AsSpan(14), 8);
        return format;
    }
}
