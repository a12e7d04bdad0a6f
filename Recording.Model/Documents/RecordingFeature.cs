namespace Recording.Model.Documents;

/// <summary>The <c>features.recording</c> of a room policy; absent media flags mean allowed.</summary>
public sealed record RecordingFeature
{
    /// <summary>Whether the room may be recorded.</summary>
    public required bool Enabled { get; init; }

    /// <summary>Start with the first producer.</summary>
    public required bool AutoRecord { get; init; }

    /// <summary>host, co_host, panelist or all.</summary>
    public required string WhoCanRecord { get; init; }

    /// <summary>host, co_host, panelist or all.</summary>
    public required string WhoCanDownload { get; init; }

    /// <summary>Microphones.</summary>
    public bool? RecordAudio { get; init; }

    /// <summary>Cameras.</summary>
    public bool? RecordVideo { get; init; }

    /// <summary>Screenshares.</summary>
    public bool? RecordScreenshare { get; init; }

    /// <summary>Nothing but audio.</summary>
    public bool? RecordAudioOnly { get; init; }

    /// <summary>Days until deletion; 0 = keep.</summary>
    public required int RetentionDays { get; init; }

    /// <summary>Participants are told.</summary>
    public required bool NotifyParticipants { get; init; }

    /// <summary>What each recording gets without being asked for, as it was named; absent = nothing.</summary>
    public IReadOnlyList<string>? Outputs { get; init; }
}
