using Recording.Protocol.Sfu;

namespace Recording.Simulator.Plans;

/// <summary>One room, from its creation to its end.</summary>
public sealed record PlannedRoom
{
    /// <summary>The room's id.</summary>
    public required string RoomId { get; init; }

    /// <summary>Shown to people.</summary>
    public string Name { get; init; } = "";

    /// <summary>How long media flows.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Sent with <c>room_created</c> and with each start response; null = the room has none.</summary>
    public RecordingPolicy? Policy { get; init; }

    /// <summary>Changes of the policy, in order.</summary>
    public IReadOnlyList<PlannedPolicyChange> PolicyChanges { get; init; } = [];

    /// <summary>Who is there.</summary>
    public IReadOnlyList<PlannedPeer> Peers { get; init; } = [];

    /// <summary>The active speaker changes this often; null = never.</summary>
    public TimeSpan? SpeakerInterval { get; init; }

    /// <summary>A participant who asks for a recording through the SFU (capability start_requested); null = nobody.</summary>
    public string? RecordingRequestedBy { get; init; }

    /// <summary>When that participant asks, since the room's start.</summary>
    public TimeSpan RecordingRequestedAt { get; init; }

    /// <summary>The SFU answers <c>start_recording</c> with this error; null = it agrees.</summary>
    public string? RefuseRecording { get; init; }

    /// <summary>Whether peers leave and the room closes when all media was sent.</summary>
    public bool ClosesAtEnd { get; init; } = true;
}
