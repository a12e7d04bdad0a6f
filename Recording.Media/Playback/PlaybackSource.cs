namespace Recording.Media.Playback;

/// <summary>What a playback holds for one SSRC.</summary>
internal sealed class PlaybackSource
{
    public required SourceOrder Order { get; set; }

    public required ClockSegmenter Segmenter { get; set; }

    public int Segment { get; set; } = -1;

    /// <summary>A packet that may be the first of a new start; the next one decides.</summary>
    public PacketSlot? Suspect { get; set; }

    public bool IsQueued { get; set; }
}
