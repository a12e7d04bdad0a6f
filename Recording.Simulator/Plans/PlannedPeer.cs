namespace Recording.Simulator.Plans;

/// <summary>One participant of a room.</summary>
public sealed record PlannedPeer
{
    /// <summary>As the SFU names it.</summary>
    public required string PeerId { get; init; }

    /// <summary>Shown to people.</summary>
    public string DisplayName { get; init; } = "";

    /// <summary>Role.</summary>
    public bool IsHost { get; init; }

    /// <summary>Role.</summary>
    public bool IsCoHost { get; init; }

    /// <summary>Role.</summary>
    public bool IsPanelist { get; init; }

    /// <summary>Since the room's start.</summary>
    public TimeSpan Join { get; init; }

    /// <summary>Since the room's start; null = until the room closes.</summary>
    public TimeSpan? Leave { get; init; }

    /// <summary>How much faster than wall time this participant's media clocks run, parts per million.</summary>
    public double SkewPpm { get; init; }

    /// <summary>What it sends.</summary>
    public IReadOnlyList<PlannedTrack> Tracks { get; init; } = [];
}
