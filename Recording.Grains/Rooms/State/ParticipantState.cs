namespace Recording.Grains.Rooms.State;

/// <summary>A participant of the room; stays known after leaving, so that coming back is the same participant.</summary>
public sealed class ParticipantState
{
    /// <summary>Normalised peer id.</summary>
    public string PeerId { get; set; } = "";

    /// <summary>The newest name.</summary>
    public string DisplayName { get; set; } = "";

    /// <summary>As the SFU said.</summary>
    public string DeviceFlag { get; set; } = "";

    /// <summary>Role.</summary>
    public bool IsHost { get; set; }

    /// <summary>Role.</summary>
    public bool IsCoHost { get; set; }

    /// <summary>Role.</summary>
    public bool IsPanelist { get; set; }

    /// <summary>First join, µs since 1970.</summary>
    public long JoinedAtUs { get; set; }

    /// <summary>Last leave; 0 = present.</summary>
    public long LeftAtUs { get; set; }

    /// <summary>Where the participant is now.</summary>
    public List<PresenceState> Presences { get; set; } = [];
}
