using Recording.Model;

namespace Recording.Grains.Rooms.State;

/// <summary>Thins out active-speaker events.</summary>
public sealed class SpeakerState
{
    /// <summary>The speaker that was last written; null = none yet.</summary>
    public string? PeerId { get; set; }

    /// <summary>Where the rate limit stands, µs since 1970.</summary>
    public long KeptUs { get; set; }

    /// <summary>Newest event seen, µs since 1970.</summary>
    public long SeenUs { get; set; }

    /// <summary>A change that came too soon after the one before.</summary>
    public TimelineEvent? Pending { get; set; }
}
