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

    /// <summary>Who has the floor; sorted, without overlap.</summary>
    public IReadOnlyList<FloorSpan> Floor { get; init; } = [];

    /// <summary>Who has the floor at a moment; null = nobody.</summary>
    public string? FloorAt(long timeUs)
    {
        int low = 0;
        int high = Floor.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            TimeInterval when = Floor[middle].When;
            if (when.Contains(timeUs))
            {
                return Floor[middle].ParticipantId;
            }

            (low, high) = when.EndUs <= timeUs ? (middle + 1, high) : (low, middle - 1);
        }

        return null;
    }

    /// <summary>When a participant's microphone is off while he is there; empty when the recording holds no sound at all.</summary>
    public IReadOnlyList<TimeInterval> MicrophoneOff(string participantId)
    {
        if (!Tracks.Any(track => track.IsAudio))
        {
            return [];
        }

        var whole = new TimeInterval(0, DurationUs);
        return TimeInterval.Subtract(
            [whole],
            TimeInterval.Union(Tracks.Where(track => track.IsAudio && !track.IsScreenshare && track.ParticipantId == participantId).SelectMany(track => track.Live), whole));
    }
}
