using Recording.Grains.Abstractions.Recordings;
using Recording.Model;

namespace Recording.Grains.Rooms.State;

/// <summary>What one recording still has to be told; kept until it has taken it.</summary>
public sealed class RecordingOutbox
{
    /// <summary>The recording.</summary>
    public string RecordingId { get; set; } = "";

    /// <summary>Not created yet.</summary>
    public RecordingOpening? Opening { get; set; }

    /// <summary>t = 0, not told yet.</summary>
    public long? StartedAtUs { get; set; }

    /// <summary>Tracks not told yet.</summary>
    public List<TrackRegistration> Tracks { get; set; } = [];

    /// <summary>Room and participants, not told yet.</summary>
    public RoomFacts? Facts { get; set; }

    /// <summary>Sequence of the first entry of <see cref="Timeline"/>; the recording's first event is 1.</summary>
    public long FirstSequence { get; set; } = 1;

    /// <summary>Events that the recording has not stored yet.</summary>
    public List<TimelineEvent> Timeline { get; set; } = [];

    /// <summary>Its end, not told yet.</summary>
    public RecordingStop? Stop { get; set; }

    /// <summary>Its end was told.</summary>
    public bool Stopped { get; set; }

    /// <summary>Nothing is left to be told, now and later.</summary>
    public bool IsDone() => Stopped && Tracks.Count == 0 && Facts is null && Timeline.Count == 0;
}
