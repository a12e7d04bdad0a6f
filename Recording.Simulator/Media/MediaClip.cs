namespace Recording.Simulator.Media;

/// <summary>Encoded media that is repeated for as long as a track lasts; frame 0 is a key frame, so that the repetition has no seam.</summary>
public sealed class MediaClip
{
    /// <param name="codec">Lower case: vp8 or opus.</param>
    /// <param name="clockRate">RTP clock, Hz.</param>
    /// <param name="channels">Audio channels on the wire; 0 for video.</param>
    /// <param name="frameTicks">Ticks from one frame to the next; the clip lasts <c>frames × frameTicks</c>.</param>
    /// <param name="frames">At least one, evenly spaced.</param>
    public MediaClip(string codec, int clockRate, int channels, int frameTicks, IReadOnlyList<EncodedFrame> frames)
    {
        ArgumentOutOfRangeException.ThrowIfZero(frames.Count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(frameTicks);
        Codec = codec;
        ClockRate = clockRate;
        Channels = channels;
        FrameTicks = frameTicks;
        Frames = frames;
    }

    /// <summary>Lower case: vp8 or opus.</summary>
    public string Codec { get; }

    /// <summary>RTP clock, Hz.</summary>
    public int ClockRate { get; }

    /// <summary>Audio channels on the wire; 0 for video.</summary>
    public int Channels { get; }

    /// <summary>Ticks from one frame to the next.</summary>
    public int FrameTicks { get; }

    /// <summary>The frames, evenly spaced.</summary>
    public IReadOnlyList<EncodedFrame> Frames { get; }
}
