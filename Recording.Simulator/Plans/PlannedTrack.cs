namespace Recording.Simulator.Plans;

/// <summary>One producer of a participant.</summary>
public sealed record PlannedTrack
{
    /// <summary>audio or video.</summary>
    public required string Kind { get; init; }

    /// <summary>mic, camera or screenshare.</summary>
    public required string TrackType { get; init; }

    /// <summary>Where its packets come from.</summary>
    public required TrackMedia Media { get; init; }

    /// <summary>Since the room's start.</summary>
    public TimeSpan Start { get; init; }

    /// <summary>Since the room's start; null = as long as the peer stays.</summary>
    public TimeSpan? Stop { get; init; }

    /// <summary>In order, apart from each other.</summary>
    public IReadOnlyList<PlannedPause> Pauses { get; init; } = [];

    /// <summary>The producer's id; null = made from seed, room, peer and track.</summary>
    public string? ProducerId { get; init; }

    /// <summary>Whether the track shows a screen.</summary>
    public bool IsScreenshare => TrackType == "screenshare";
}
