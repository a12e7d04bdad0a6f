namespace Recording.Grains.Abstractions.Rooms;

/// <summary>Everything a room wants of one link, as a whole: the gateway reconciles the SFU to it and repeats what was not answered every 5 s.</summary>
[GenerateSerializer, Immutable, Alias("recording.RoomDirective")]
public sealed record RoomDirective
{
    /// <summary>The room.</summary>
    [Id(0)] public required string RoomId { get; init; }

    /// <summary>The link it is for.</summary>
    [Id(1)] public required string LinkKey { get; init; }

    /// <summary>Rises with each change and activation; an older one is ignored.</summary>
    [Id(2)] public required long Version { get; init; }

    /// <summary>What the SFU should be doing.</summary>
    [Id(3)] public required WantedState State { get; init; }

    /// <summary>Our recording id; null when <see cref="WantedState.Idle"/> and nothing has to be stopped.</summary>
    [Id(4)] public string? RecordingId { get; init; }

    /// <summary>Key prefix of the recording, with a trailing slash.</summary>
    [Id(5)] public string Prefix { get; init; } = "";

    /// <summary>For <c>start_recording</c> and <c>stop_recording</c>.</summary>
    [Id(6)] public string RequesterId { get; init; } = "";

    /// <summary>For <c>start_recording</c>.</summary>
    [Id(7)] public RecordingSelection Selection { get; init; } = RecordingSelection.ByPolicy;

    /// <summary>For <c>stop_recording</c>.</summary>
    [Id(8)] public bool TriggerPostProcessing { get; init; }

    /// <summary>Tracks that should be subscribed; others are unsubscribed.</summary>
    [Id(9)] public TrackDirective[] Tracks { get; init; } = [];

    /// <summary>Tracks that ended, of this recording or an earlier one, of which not everything is known to be stored; only for SFUs that acknowledge.</summary>
    [Id(10)] public TrackTail[] Tails { get; init; } = [];

    /// <summary>Nothing is wanted of the link any more.</summary>
    public bool IsNothing => State == WantedState.Idle && RecordingId is null && Tails.Length == 0;
}
