using Recording.Media.Rtp;

namespace Recording.Media.Playback;

/// <summary>One media packet in its place: after duplicates are gone, retransmissions and redundancy are resolved and numbers are unwrapped.</summary>
public readonly ref struct MediaPacket
{
    /// <summary>Source.</summary>
    public required uint Ssrc { get; init; }

    /// <summary>Payload type, after RTX and RED are resolved.</summary>
    public required byte PayloadType { get; init; }

    /// <summary>Sequence number without wraps; ascending within a source generation.</summary>
    public required long SequenceNumber { get; init; }

    /// <summary>RTP timestamp without wraps, in ticks of the payload type's clock.</summary>
    public required long Timestamp { get; init; }

    /// <summary>RTP marker bit.</summary>
    public bool Marker { get; init; }

    /// <summary>Arrival at the SFU in µs since 1970, SFU clock of the packet's epoch.</summary>
    public long ArrivalUs { get; init; }

    /// <summary>Packets missing between the one before and this (padding-only packets are not missing).</summary>
    public int LostBefore { get; init; }

    /// <summary>The source started (again) here: nothing before it continues into this packet.</summary>
    public bool StartsSource { get; init; }

    /// <summary>Stretch of one unbroken relation between RTP time and arrival time; counted from 0 over the file.</summary>
    public int ClockSegment { get; init; }

    /// <summary>How the picture is to be turned from here on; null = as before.</summary>
    public VideoOrientation? Orientation { get; init; }

    /// <summary>Number of the frame in its source by the dependency descriptor (AV1 RTP, A.8.2), wrapping at 65536; null without one.</summary>
    public ushort? FrameNumber { get; init; }

    /// <summary>Payload without padding; valid until the next read.</summary>
    public ReadOnlySpan<byte> Payload { get; init; }
}
