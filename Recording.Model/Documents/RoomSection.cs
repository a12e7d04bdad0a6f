namespace Recording.Model.Documents;

/// <summary>The room, and when it was recorded.</summary>
public sealed record RoomSection
{
    /// <summary>The room.</summary>
    public required string RoomId { get; init; }

    /// <summary>For people; may be empty.</summary>
    public string RoomName { get; init => field = value ?? ""; } = "";

    /// <summary>Peer id of the host; may be empty.</summary>
    public string HostId { get; init => field = value ?? ""; } = "";

    /// <summary>As the product names it; may be empty.</summary>
    public string MeetingType { get; init => field = value ?? ""; } = "";

    /// <summary>When the SFU began to record; null = it never did.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>End of the recorded time; null = under way.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>From start to end, to the µs; null = under way.</summary>
    public double? DurationSeconds { get; init; }
}
