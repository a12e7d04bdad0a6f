using Recording.Media.Playback;

namespace Recording.Media.Depacketizers;

/// <summary>Turns the ordered packets of one source into frames of one codec. One instance a source; not thread-safe.</summary>
public interface IDepacketizer
{
    /// <summary>Codec name in lower case, as in the track format.</summary>
    string Codec { get; }

    /// <summary>What a container stores beside the frames (OpusHead, avcC, ...); empty when there is none, or not yet.</summary>
    ReadOnlySpan<byte> CodecPrivate { get; }

    /// <summary>Frames that were not delivered: broken, or not decodable without one that was.</summary>
    long DroppedFrames { get; }

    /// <summary>Packets whose payload header does not parse.</summary>
    long MalformedPackets { get; }

    /// <summary>Takes the next packet; every frame that it completes goes to <paramref name="sink"/> before this returns.</summary>
    void Add(in MediaPacket packet, IMediaFrameSink sink);

    /// <summary>The source has ended: delivers what is complete, drops the rest.</summary>
    void Flush(IMediaFrameSink sink);
}
