namespace Recording.PostProcessing.Timeline;

/// <summary>Who was there, what was published and when: all that scenes are made of. Times are µs since the recording's origin.</summary>
public sealed record RecordedTimeline
{
    /// <summary>The recording.</summary>
    public required string RecordingId { get; init; }

    /// <summary>t = 0, µs since 1970.</summary>
    public required long OriginUs { get; init; }

    /// <summary>Length with pauses, µs.</summary>
    public required long DurationUs { get; init; }

    /// <summary>When the recording was paused; sorted, without overlap.</summary>
    public IReadOnlyList<TimeInterval> Pauses { get; init; } = [];

    /// <summary>In the order they get their tiles.</summary>
    public IReadOnlyList<TimelineParticipant> Participants { get; init; } = [];

    /// <summary>All tracks.</summary>
    public IReadOnlyList<TimelineTrack> Tracks { get; init; } = [];
}
