using Recording.Grains.Abstractions.Rooms;

namespace Recording.Grains.Rooms.State;

/// <summary>A producer that is there.</summary>
public sealed class ProducerState
{
    /// <summary>What the SFU says of it.</summary>
    public required ProducerDescription Description { get; set; }

    /// <summary>When it began.</summary>
    public EventStamp Created { get; set; }

    /// <summary>Links that announced it.</summary>
    public List<string> Links { get; set; } = [];

    /// <summary>Muted.</summary>
    public bool Paused { get; set; }

    /// <summary>When <see cref="Paused"/> last changed.</summary>
    public EventStamp PausedChanged { get; set; }

    /// <summary>Its track in the current recording; null = none was made.</summary>
    public string? TrackId { get; set; }

    /// <summary>The one link on which it is subscribed; null = on none.</summary>
    public string? TrackLink { get; set; }

    /// <summary>The SFU confirmed the subscription on <see cref="TrackLink"/>.</summary>
    public bool Subscribed { get; set; }

    /// <summary>The track that was said to be recorded raw only; null = none was.</summary>
    public string? RawOnlyNoted { get; set; }

    /// <summary>That it is left out was written to the timeline.</summary>
    public bool LeftOutNoted { get; set; }
}
