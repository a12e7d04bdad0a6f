namespace Recording.Model.Documents;

/// <summary>A participant; one who left and came back is one.</summary>
public sealed record ParticipantSection
{
    /// <summary>Peer id without <c>sharescreen_</c>.</summary>
    public required string PeerId { get; init; }

    /// <summary>The newest name; may be empty.</summary>
    public string DisplayName { get; init => field = value ?? ""; } = "";

    /// <summary>First join; null = not announced.</summary>
    public DateTimeOffset? JoinedAt { get; init; }

    /// <summary>Last leave; null = was there to the end.</summary>
    public DateTimeOffset? LeftAt { get; init; }

    /// <summary>Role.</summary>
    public bool IsHost { get; init; }

    /// <summary>Role.</summary>
    public bool IsCoHost { get; init; }

    /// <summary>Role.</summary>
    public bool IsPanelist { get; init; }

    /// <summary>As the SFU said; null = it did not.</summary>
    public string? DeviceFlag { get; init; }

    /// <summary>Recorded tracks, in order of their start.</summary>
    public IReadOnlyList<RecordedTrack> Tracks { get; init => field = value ?? []; } = [];
}
