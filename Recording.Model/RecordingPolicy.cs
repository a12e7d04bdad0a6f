namespace Recording.Model;

/// <summary>What a room allows: who may record, what is recorded, who may download, how long it is kept (plan, section 4).</summary>
public sealed record RecordingPolicy
{
    /// <summary>The policy of a room that never sent one: recording is allowed to the host.</summary>
    public static RecordingPolicy Default { get; } = new() { Enabled = true, WhoCanRecord = "host" };

    /// <summary>Whether the room may be recorded at all (check 1).</summary>
    public bool Enabled { get; init; }

    /// <summary><c>host</c>, <c>co_host</c>, <c>panelist</c> or <c>all</c>; anything else means <c>host</c> (check 2).</summary>
    public string WhoCanRecord { get; init; } = "";

    /// <summary>As <see cref="WhoCanRecord"/>, for downloads.</summary>
    public string WhoCanDownload { get; init; } = "";

    /// <summary>Start with the first producer (check 3).</summary>
    public bool AutoRecord { get; init; }

    /// <summary>The SFU tells participants that they are recorded.</summary>
    public bool NotifyParticipants { get; init; }

    /// <summary>Days until deletion; 0 = keep.</summary>
    public int RetentionDays { get; init; }

    /// <summary>Peer id of the host.</summary>
    public string HostId { get; init; } = "";

    /// <summary>Peer ids of co-hosts.</summary>
    public IReadOnlyList<string> CoHostIds { get; init; } = [];

    /// <summary>Peer ids of panelists.</summary>
    public IReadOnlyList<string> PanelistIds { get; init; } = [];

    /// <summary>Record microphones (check 4); null = allowed.</summary>
    public bool? RecordAudio { get; init; }

    /// <summary>Record cameras; null = allowed.</summary>
    public bool? RecordVideo { get; init; }

    /// <summary>Record screenshares; null = allowed.</summary>
    public bool? RecordScreenshare { get; init; }

    /// <summary>Record nothing but audio; null = no.</summary>
    public bool? RecordAudioOnly { get; init; }

    /// <summary>What each recording gets without being asked for (<see cref="OutputNames"/>), beside what the operator makes of all; unknown names are left out and said.</summary>
    public IReadOnlyList<string> Outputs { get; init => field = value ?? []; } = [];
}
