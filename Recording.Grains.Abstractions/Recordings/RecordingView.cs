using Recording.Model;

namespace Recording.Grains.Abstractions.Recordings;

/// <summary>A recording for whoever looks at it.</summary>
[GenerateSerializer, Immutable, Alias("recording.RecordingView")]
public sealed record RecordingView
{
    /// <summary>The recording.</summary>
    [Id(0)] public required string RecordingId { get; init; }

    /// <summary>Its room.</summary>
    [Id(1)] public required string RoomId { get; init; }

    /// <summary>Its status.</summary>
    [Id(2)] public required RecordingStatus Status { get; init; }

    /// <summary>Key prefix, with a trailing slash.</summary>
    [Id(3)] public required string Prefix { get; init; }

    /// <summary>µs since 1970; 0 = not yet.</summary>
    [Id(4)] public long StartedAtUs { get; init; }

    /// <summary>µs since 1970; 0 = not yet.</summary>
    [Id(5)] public long EndedAtUs { get; init; }

    /// <summary>Who asked.</summary>
    [Id(6)] public string StartedBy { get; init; } = "";

    /// <summary>Why it ended; empty = it did not.</summary>
    [Id(7)] public string EndedBecause { get; init; } = "";

    /// <summary>Its tracks.</summary>
    [Id(8)] public TrackView[] Tracks { get; init; } = [];

    /// <summary>Files made from it.</summary>
    [Id(9)] public RecordingOutput[] Outputs { get; init; } = [];

    /// <summary>Jobs asked for at stop are not all done, or not yet handed over.</summary>
    [Id(10)] public bool Processing { get; init; }

    /// <summary>Jobs made for it.</summary>
    [Id(11)] public string[] JobIds { get; init; } = [];

    /// <summary>Under legal hold: it cannot be deleted.</summary>
    [Id(12)] public bool LegalHold { get; init; }

    /// <summary>When it was deleted, µs since 1970; 0 = it is there.</summary>
    [Id(13)] public long DeletedAtUs { get; init; }
}
