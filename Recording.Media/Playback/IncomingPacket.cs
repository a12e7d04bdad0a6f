using Recording.Media.Rtp;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Playback;

/// <summary>A packet as it stands in the file, after RTX or RED was taken off.</summary>
internal readonly ref struct IncomingPacket
{
    public required ushort SequenceNumber { get; init; }

    public required uint Timestamp { get; init; }

    public required long ArrivalUs { get; init; }

    public required ulong Epoch { get; init; }

    public bool Marker { get; init; }

    public PayloadFormat? Format { get; init; }

    /// <summary>From RED: fills a hole only.</summary>
    public bool IsRedundant { get; init; }

    /// <summary>From RTX: its arrival says nothing about the clock.</summary>
    public bool IsRetransmission { get; init; }

    public VideoOrientation? Orientation { get; init; }

    public ushort? FrameNumber { get; init; }

    public ReadOnlySpan<byte> Payload { get; init; }
}
