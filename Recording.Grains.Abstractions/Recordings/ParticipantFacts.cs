namespace Recording.Grains.Abstractions.Recordings;

/// <summary>A participant for the documents.</summary>
[GenerateSerializer, Immutable, Alias("recording.ParticipantFacts")]
public sealed record ParticipantFacts
{
    /// <summary>Normalised peer id (without <c>sharescreen_</c>).</summary>
    [Id(0)] public required string PeerId { get; init; }

    /// <summary>The newest name.</summary>
    [Id(1)] public string DisplayName { get; init; } = "";

    /// <summary>First join, µs since 1970.</summary>
    [Id(2)] public long JoinedAtUs { get; init; }

    /// <summary>Last leave; 0 = still there.</summary>
    [Id(3)] public long LeftAtUs { get; init; }

    /// <summary>Role.</summary>
    [Id(4)] public bool IsHost { get; init; }

    /// <summary>Role.</summary>
    [Id(5)] public bool IsCoHost { get; init; }

    /// <summary>Role.</summary>
    [Id(6)] public bool IsPanelist { get; init; }

    /// <summary>As the SFU said.</summary>
    [Id(7)] public string DeviceFlag { get; init; } = "";
}
