using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.State.Storage;
using Recording.Model;
using Recording.Model.Documents;

namespace Recording.Grains.Recordings.State;

/// <summary>What is stored of a recording. Everything that has to survive a crash between two steps is here; each commit replaces the whole.</summary>
public sealed class RecordingState : IOwnedState
{
    /// <inheritdoc />
    public string Writer { get; set; } = "";

    /// <summary>What it was opened with; null = there is no such recording.</summary>
    public RecordingOpening? Opening { get; set; }

    /// <summary>Where it stands.</summary>
    public RecordingStatus Status { get; set; }

    /// <summary>t = 0, µs since 1970; 0 = not started.</summary>
    public long StartedAtUs { get; set; }

    /// <summary>Room and participants, newest.</summary>
    public RoomFacts Room { get; set; } = new();

    /// <summary>Tracks in order of registration.</summary>
    public List<TrackState> Tracks { get; set; } = [];

    /// <summary>The end that was asked for; null = live.</summary>
    public RecordingStop? Stop { get; set; }

    /// <summary>When the stop arrived, our clock, µs since 1970.</summary>
    public long StoppedAtUs { get; set; }

    /// <summary>The end that counts, fixed with the terminal state; 0 = not yet.</summary>
    public long EndedAtUs { get; set; }

    /// <summary>Id under which the end is announced; null = not terminal.</summary>
    public string? TerminalEventId { get; set; }

    /// <summary>Terminal, but jobs, room and index do not all know yet.</summary>
    public bool HandoffPending { get; set; }

    /// <summary>Handed over, but an SFU does not know yet that all it sent is stored: its room is woken until it does.</summary>
    public bool AcknowledgementPending { get; set; }

    /// <summary>Jobs that somebody waits for: asked for at stop, or by the policy in force then.</summary>
    public List<string> JobIds { get; set; } = [];

    /// <summary>Files made from it.</summary>
    public List<RecordingOutput> Outputs { get; set; } = [];

    /// <summary>Hashes of timeline.json and policy.json as last committed.</summary>
    public List<FileHash> Documents { get; set; } = [];

    /// <summary>Packets came after the terminal state: tracks are assembled again and the documents published anew.</summary>
    public bool Reopened { get; set; }

    /// <summary>How often that happened.</summary>
    public int Reopenings { get; set; }

    /// <summary>Kept whatever the policy says.</summary>
    public bool LegalHold { get; set; }

    /// <summary>When its deletion was decided, µs since 1970; 0 = it is there.</summary>
    public long DeletedAtUs { get; set; }

    /// <summary>Who deleted it; <c>retention</c> = its policy.</summary>
    public string DeletedBy { get; set; } = "";

    /// <summary>The deletion is carried out.</summary>
    public bool Purged { get; set; }

    /// <summary>A copy whose own members may be set; what they refer to is shared.</summary>
    public RecordingState Copy() => (RecordingState)MemberwiseClone();
}
