namespace Recording.Model.Documents;

/// <summary>The recording itself.</summary>
public sealed record RecordingSection
{
    /// <summary>The recording.</summary>
    public required string RecordingId { get; init; }

    /// <summary>Peer id, admin subject, or <c>system</c>.</summary>
    public required string StartedBy { get; init; }

    /// <summary>Version of the service that wrote this.</summary>
    public required string ServiceVersion { get; init; }

    /// <summary>When it was accepted.</summary>
    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>stopped, room_closed, policy, link_lost, refused or failed; null = under way.</summary>
    public string? EndedReason { get; init; }

    /// <summary>Who stopped it; null = nobody did.</summary>
    public string? EndedBy { get; init; }

    /// <summary>Code of the fault it ended for; null = none.</summary>
    public int? ErrorCode { get; init; }

    /// <summary>Id under which the end is announced; null = not final.</summary>
    public string? TerminalEventId { get; init; }

    /// <summary>Jobs made for it.</summary>
    public IReadOnlyList<string> JobIds { get; init => field = value ?? []; } = [];
}
