namespace Recording.Media.Depacketizers;

/// <summary>One coded picture, or one audio packet.</summary>
public readonly ref struct MediaFrame
{
    /// <summary>The coded bytes, as a container stores them.</summary>
    public required ReadOnlySpan<byte> Data { get; init; }

    /// <summary>Unwrapped RTP timestamp in ticks.</summary>
    public required long Timestamp { get; init; }

    /// <summary>See <see cref="Playback.MediaPacket.ClockSegment"/>.</summary>
    public required int ClockSegment { get; init; }

    /// <summary>Source.</summary>
    public uint Ssrc { get; init; }

    /// <summary>Arrival of the frame's first packet, µs since 1970, SFU clock.</summary>
    public long ArrivalUs { get; init; }

    /// <summary>Decoding can start here; true for every audio packet.</summary>
    public bool IsKeyframe { get; init; }

    /// <summary>False for a reference picture that is never shown.</summary>
    public bool IsVisible { get; init; }

    /// <summary>Playing time in ticks; 0 when the codec does not say (video).</summary>
    public int Duration { get; init; }

    /// <summary>Width in pixels of the last key frame; 0 for audio.</summary>
    public int Width { get; init; }

    /// <summary>Height in pixels of the last key frame; 0 for audio.</summary>
    public int Height { get; init; }

    /// <summary>Packets or frames were lost between the frame before and this one.</summary>
    public bool FollowsLoss { get; init; }
}
