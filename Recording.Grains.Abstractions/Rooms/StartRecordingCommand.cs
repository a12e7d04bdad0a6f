using Recording.Model;

namespace Recording.Grains.Abstractions.Rooms;

/// <summary>A wish to record a room.</summary>
[GenerateSerializer, Immutable, Alias("recording.StartRecordingCommand")]
public sealed record StartRecordingCommand
{
    /// <summary>Who asks.</summary>
    [Id(0)] public required Requester Requester { get; init; }

    /// <summary>Policy that came with the request (weaker than the room's own updates and the SFU's answer).</summary>
    [Id(1)] public RecordingPolicy? Policy { get; init; }

    /// <summary>What to record.</summary>
    [Id(2)] public RecordingSelection Selection { get; init; } = RecordingSelection.ByPolicy;
}
