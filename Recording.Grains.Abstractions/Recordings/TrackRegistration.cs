using Recording.Grains.Abstractions.Rooms;

namespace Recording.Grains.Abstractions.Recordings;

/// <summary>A track of a recording.</summary>
[GenerateSerializer, Immutable, Alias("recording.TrackRegistration")]
public sealed record TrackRegistration
{
    /// <summary>Minted by the room.</summary>
    [Id(0)] public required string TrackId { get; init; }

    /// <summary>What the SFU said of it.</summary>
    [Id(1)] public required ProducerDescription Producer { get; init; }

    /// <summary>Normalised peer id of its participant.</summary>
    [Id(2)] public required string ParticipantId { get; init; }

    /// <summary>When it was subscribed, µs since 1970.</summary>
    [Id(3)] public required long StartedAtUs { get; init; }

    /// <summary>Whether the link it is on acknowledges (then its end is announced; else it is 2 s of silence).</summary>
    [Id(4)] public bool Acknowledged { get; init; }
}
