using Recording.Model;

namespace Recording.Grains.Abstractions.Rooms;

/// <summary>A room for whoever looks at it.</summary>
[GenerateSerializer, Immutable, Alias("recording.RoomView")]
public sealed record RoomView
{
    /// <summary>The room.</summary>
    [Id(0)] public required string RoomId { get; init; }

    /// <summary>As announced; may be empty.</summary>
    [Id(1)] public string RoomName { get; init; } = "";

    /// <summary>Who is there.</summary>
    [Id(2)] public PeerView[] Peers { get; init; } = [];

    /// <summary>What they send.</summary>
    [Id(3)] public ProducerView[] Producers { get; init; } = [];

    /// <summary>The policy in force.</summary>
    [Id(4)] public required RecordingPolicy Policy { get; init; }

    /// <summary>The current recording; null = none.</summary>
    [Id(5)] public string? RecordingId { get; init; }

    /// <summary>Its status.</summary>
    [Id(6)] public RecordingStatus Status { get; init; }

    /// <summary>Its prefix.</summary>
    [Id(7)] public string Prefix { get; init; } = "";

    /// <summary>Links on which the room is known, with whether each is up.</summary>
    [Id(8)] public string[] Links { get; init; } = [];

    /// <summary>When this was true, µs since 1970.</summary>
    [Id(9)] public long TimeUs { get; init; }
}
