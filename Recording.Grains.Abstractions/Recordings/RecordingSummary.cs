using Recording.Model;

namespace Recording.Grains.Abstractions.Recordings;

/// <summary>An index entry.</summary>
[GenerateSerializer, Immutable, Alias("recording.RecordingSummary")]
public sealed record RecordingSummary
{
    /// <summary>The recording; ids rise with time.</summary>
    [Id(0)] public required string RecordingId { get; init; }

    /// <summary>Its room.</summary>
    [Id(1)] public required string RoomId { get; init; }

    /// <summary>Key prefix, with a trailing slash.</summary>
    [Id(2)] public required string Prefix { get; init; }

    /// <summary>Its status.</summary>
    [Id(3)] public required RecordingStatus Status { get; init; }

    /// <summary>µs since 1970; 0 = not yet.</summary>
    [Id(4)] public long StartedAtUs { get; init; }

    /// <summary>µs since 1970; 0 = not yet.</summary>
    [Id(5)] public long EndedAtUs { get; init; }

    /// <summary>Terminal and handed over: nothing is left to do.</summary>
    [Id(6)] public bool Finished { get; init; }
}
