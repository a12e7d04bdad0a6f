using Recording.Model;

namespace Recording.Grains.Abstractions.Recordings;

/// <summary>The end of a recording.</summary>
[GenerateSerializer, Immutable, Alias("recording.RecordingStop")]
public sealed record RecordingStop
{
    /// <summary>End of the recorded time, µs since 1970.</summary>
    [Id(0)] public required long EndedAtUs { get; init; }

    /// <summary>Terminal status that follows when all is stored.</summary>
    [Id(1)] public required RecordingStatus Status { get; init; }

    /// <summary>stopped, room_closed, policy, link_lost, refused, failed.</summary>
    [Id(2)] public required string Reason { get; init; }

    /// <summary>Who stopped it; empty = nobody did.</summary>
    [Id(3)] public string RequesterId { get; init; } = "";

    /// <summary>Code, if it ended for a fault.</summary>
    [Id(4)] public RecordingErrorCode Code { get; init; }

    /// <summary>Render the default composite when it is complete.</summary>
    [Id(5)] public bool TriggerPostProcessing { get; init; }
}
