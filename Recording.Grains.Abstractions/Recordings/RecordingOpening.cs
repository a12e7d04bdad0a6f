using Recording.Grains.Abstractions.Rooms;
using Recording.Model;

namespace Recording.Grains.Abstractions.Recordings;

/// <summary>What is known when a recording is accepted.</summary>
[GenerateSerializer, Immutable, Alias("recording.RecordingOpening")]
public sealed record RecordingOpening
{
    /// <summary>The recording.</summary>
    [Id(0)] public required string RecordingId { get; init; }

    /// <summary>Its room.</summary>
    [Id(1)] public required string RoomId { get; init; }

    /// <summary>Key prefix, with a trailing slash.</summary>
    [Id(2)] public required string Prefix { get; init; }

    /// <summary>Who asked.</summary>
    [Id(3)] public required Requester Requester { get; init; }

    /// <summary>The policy then.</summary>
    [Id(4)] public required RecordingPolicy Policy { get; init; }

    /// <summary>When it was accepted, µs since 1970.</summary>
    [Id(5)] public required long RequestedAtUs { get; init; }

    /// <summary>Room and participants then.</summary>
    [Id(6)] public required RoomFacts Room { get; init; }
}
