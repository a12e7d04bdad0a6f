namespace Recording.PostProcessing.Report;

/// <summary>Which recording a report is about.</summary>
public sealed record ReportRecording
{
    /// <summary>The recording.</summary>
    public required string RecordingId { get; init; }

    /// <summary>Its room.</summary>
    public required string RoomId { get; init; }

    /// <summary>For people; may be empty.</summary>
    public string RoomName { get; init => field = value ?? ""; } = "";

    /// <summary>completed, interrupted, failed, or recording when it has not ended.</summary>
    public required string Status { get; init; }

    /// <summary>t = 0 of all times in the report.</summary>
    public required DateTimeOffset Origin { get; init; }

    /// <summary>Length of the recorded time.</summary>
    public required long DurationMs { get; init; }

    /// <summary>stopped, room_closed, policy, link_lost, ...; null = not known.</summary>
    public string? EndedReason { get; init; }
}
