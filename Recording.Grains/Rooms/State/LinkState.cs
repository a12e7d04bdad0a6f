using Recording.Grains.Abstractions.Rooms;

namespace Recording.Grains.Rooms.State;

/// <summary>What a room knows of one link.</summary>
public sealed class LinkState
{
    /// <summary>Newest fence seen; older ones are refused.</summary>
    public ulong Fence { get; set; }

    /// <summary>Session of the SFU behind it.</summary>
    public ulong Epoch { get; set; }

    /// <summary>Last gateway sequence applied under <see cref="Fence"/>.</summary>
    public long LastSequence { get; set; }

    /// <summary>SFU events applied without a hole, in <see cref="Epoch"/>.</summary>
    public ulong EventIndex { get; set; }

    /// <summary>SFU events applied beyond a hole.</summary>
    public SortedSet<ulong> EventsAhead { get; set; } = [];

    /// <summary>The link is up.</summary>
    public bool Up { get; set; }

    /// <summary>Not known to be lost: after a restart, until it is heard of or the grace is over.</summary>
    public bool AssumedLost { get; set; }

    /// <summary>The room exists on this link.</summary>
    public bool RoomOpen { get; set; }

    /// <summary>When the room was opened on it; an older close is late.</summary>
    public EventStamp Opened { get; set; }

    /// <summary>The grace ran out; what the link had is kept hidden for its return.</summary>
    public bool Expired { get; set; }

    /// <summary>When the room was closed on it; older events are late.</summary>
    public EventStamp Closed { get; set; }

    /// <summary>When it was lost, µs since 1970, SFU clock; 0 = it is not.</summary>
    public long LostAtUs { get; set; }

    /// <summary>When its grace ends, µs since 1970, our clock; 0 = none runs.</summary>
    public long GraceEndsAtUs { get; set; }

    /// <summary>Newest event time, µs since 1970.</summary>
    public long LastEventUs { get; set; }

    /// <summary>Name that the SFU gave itself.</summary>
    public string SfuId { get; set; } = "";

    /// <summary>What the SFU can do.</summary>
    public string[] Capabilities { get; set; } = [];

    /// <summary>Recording that the SFU refused; the link takes no part in it.</summary>
    public string? RefusedRecordingId { get; set; }

    /// <summary>Recording that the SFU should stop; null = none.</summary>
    public string? StopRecordingId { get; set; }

    /// <summary>For <c>stop_recording</c>.</summary>
    public string StopRequesterId { get; set; } = "";

    /// <summary>For <c>stop_recording</c>.</summary>
    public bool StopTriggers { get; set; }

    /// <summary>Recording that <see cref="SfuRecordingId"/> is of; null = none.</summary>
    public string? StartedRecordingId { get; set; }

    /// <summary>The id that the SFU gave that recording; empty = ours.</summary>
    public string SfuRecordingId { get; set; } = "";

    /// <summary>Tracks that ended on this link and are not known to be stored to their last index.</summary>
    public List<TrackTail> Tails { get; set; } = [];

    /// <summary>What was last said to the link; null = nothing yet.</summary>
    public RoomDirective? Directive { get; set; }

    /// <summary>Whether the SFU acknowledges packets, so that tracks end by announcement.</summary>
    public bool Acknowledges() => Array.IndexOf(Capabilities, "rtp_ack") >= 0 && Array.IndexOf(Capabilities, "rtp_batch") >= 0;
}
