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

    /// <summary>How often it was taken up again for packets that came late.</summary>
    [Id(7)] public int Reopenings { get; init; }

    /// <summary>Bytes of its complete files.</summary>
    [Id(8)] public long Bytes { get; init; }

    /// <summary>When its policy lets it go, µs since 1970; 0 = never, or not known yet.</summary>
    [Id(9)] public long ExpiresAtUs { get; init; }

    /// <summary>When it was deleted, µs since 1970; 0 = it is there.</summary>
    [Id(10)] public long DeletedAtUs { get; init; }
}
