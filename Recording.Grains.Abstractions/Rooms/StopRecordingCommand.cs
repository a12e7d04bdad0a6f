namespace Recording.Grains.Abstractions.Rooms;

/// <summary>A wish to end a recording.</summary>
[GenerateSerializer, Immutable, Alias("recording.StopRecordingCommand")]
public sealed record StopRecordingCommand
{
    /// <summary>Who asks.</summary>
    [Id(0)] public required Requester Requester { get; init; }

    /// <summary>Which; null = the current one.</summary>
    [Id(1)] public string? RecordingId { get; init; }

    /// <summary>Render the default composite when it is complete.</summary>
    [Id(2)] public bool TriggerPostProcessing { get; init; }
}
