using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Abstractions.Rooms;
using Recording.Model;

namespace Recording.Grains.Rooms;

/// <summary>What follows from an event or command. What a recording must be told stands in its outbox as well, until it has taken it.</summary>
public sealed class RoomEffects
{
    /// <summary>Events that were written to the recording's timeline or the room's history.</summary>
    public List<TimelineEvent> Timeline { get; } = [];

    /// <summary>What was refused, for the SFU whose event it was.</summary>
    public List<RecordingFailure> Refusals { get; } = [];

    /// <summary>Tracks that are left out or cannot be rendered, for the SFU that sends them, by key of its link: they may begin without an event of it.</summary>
    public List<(string LinkKey, RecordingFailure Failure)> TrackRefusals { get; } = [];

    /// <summary>A recording to be created before anybody hears of it.</summary>
    public RecordingOpening? OpenRecording { get; set; }

    /// <summary>The SFU records since then, µs since 1970.</summary>
    public long? RecordingStarted { get; set; }

    /// <summary>Tracks that began.</summary>
    public List<TrackRegistration> TracksAdded { get; } = [];

    /// <summary>Room, participants or policy changed.</summary>
    public bool RoomFactsChanged { get; set; }

    /// <summary>The recording ended.</summary>
    public RecordingStop? StopRecording { get; set; }

    /// <summary>Links that are to be told something new.</summary>
    public List<RoomDirective> Directives { get; } = [];

    /// <summary>Starts that failed after they were accepted.</summary>
    public List<StartFailure> StartFailures { get; } = [];

    /// <summary>To be stored before anything is told to anybody.</summary>
    public bool PersistNow { get; set; }

    /// <summary>Whoever watches the room sees something new.</summary>
    public bool Changed { get; set; }
}
