using Recording.Grains.State.Storage;
using Recording.Model;

namespace Recording.Grains.Rooms.State;

/// <summary>Everything a room knows; stored as JSON.</summary>
public sealed class RoomState : IOwnedState
{
    /// <summary>The room.</summary>
    public string RoomId { get; set; } = "";

    /// <inheritdoc />
    public string Writer { get; set; } = "";

    /// <summary>For people.</summary>
    public string RoomName { get; set; } = "";

    /// <summary>Peer id of the host, as RoomCreated said.</summary>
    public string HostId { get; set; } = "";

    /// <summary>As the product names it.</summary>
    public string MeetingType { get; set; } = "";

    /// <summary>RoomCreated was written to the timeline.</summary>
    public bool CreatedNoted { get; set; }

    /// <summary>By link key.</summary>
    public SortedDictionary<string, LinkState> Links { get; set; } = new(StringComparer.Ordinal);

    /// <summary>In order of first joining.</summary>
    public List<ParticipantState> Participants { get; set; } = [];

    /// <summary>In order of creation.</summary>
    public List<ProducerState> Producers { get; set; } = [];

    /// <summary>What ended lately, oldest first.</summary>
    public List<Tombstone> Tombstones { get; set; } = [];

    /// <summary>Pauses that came before their producer, oldest first.</summary>
    public List<EarlyPause> EarlyPauses { get; set; } = [];

    /// <summary>From RoomCreated.</summary>
    public PolicySlot? CreatedPolicy { get; set; }

    /// <summary>From the request of the current recording.</summary>
    public PolicySlot? RequestPolicy { get; set; }

    /// <summary>From the SFU's answer to the current recording's start.</summary>
    public PolicySlot? ResponsePolicy { get; set; }

    /// <summary>From the last RoomPolicyUpdated.</summary>
    public PolicySlot? UpdatedPolicy { get; set; }

    /// <summary>The room's events before a recording, oldest first, bounded.</summary>
    public List<TimelineEvent> History { get; set; } = [];

    /// <summary>Who speaks.</summary>
    public SpeakerState Speaker { get; set; } = new();

    /// <summary>The room was recorded: no automatic start any more.</summary>
    public bool AutoDone { get; set; }

    /// <summary>The policy in force refuses its own automatic start.</summary>
    public bool AutoRefused { get; set; }

    /// <summary>No automatic start before this, µs, our clock.</summary>
    public long AutoRetryAtUs { get; set; }

    /// <summary>The current recording; null = none.</summary>
    public LiveRecording? Recording { get; set; }

    /// <summary>The last recording there was, ended or not; empty = none.</summary>
    public string LastRecordingId { get; set; } = "";

    /// <summary>What recordings still have to be told, oldest first.</summary>
    public List<RecordingOutbox> Outboxes { get; set; } = [];
}
