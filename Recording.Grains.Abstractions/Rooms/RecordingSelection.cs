namespace Recording.Grains.Abstractions.Rooms;

/// <summary>What a request wants recorded (the plan's RecordingConfig). All three flags false = as the policy says.</summary>
[GenerateSerializer, Immutable, Alias("recording.RecordingSelection")]
public sealed record RecordingSelection
{
    /// <summary>As the policy says, all participants, at the default place.</summary>
    public static RecordingSelection ByPolicy { get; } = new();

    /// <summary>Record microphones.</summary>
    [Id(0)] public bool Audio { get; init; }

    /// <summary>Record cameras.</summary>
    [Id(1)] public bool Video { get; init; }

    /// <summary>Record screenshares.</summary>
    [Id(2)] public bool Screenshare { get; init; }

    /// <summary>Only these participants; empty = all.</summary>
    [Id(3)] public string[] ParticipantIds { get; init; } = [];

    /// <summary>Replaces <c>rooms/{room}</c> in the prefix; empty = not.</summary>
    [Id(4)] public string StoragePath { get; init; } = "";
}
