namespace Recording.Grains.Abstractions.Rooms;

/// <summary>What an SFU says of a producer.</summary>
[GenerateSerializer, Immutable, Alias("recording.ProducerDescription")]
public sealed record ProducerDescription
{
    /// <summary>The SFU's id.</summary>
    [Id(0)] public required string ProducerId { get; init; }

    /// <summary>Whose it is, as announced (with <c>sharescreen_</c> if so).</summary>
    [Id(1)] public required string PeerId { get; init; }

    /// <summary>audio or video.</summary>
    [Id(2)] public required string Kind { get; init; }

    /// <summary>mic, camera or screenshare.</summary>
    [Id(3)] public string TrackType { get; init; } = "";

    /// <summary>opus, vp8, ...</summary>
    [Id(4)] public string Codec { get; init; } = "";

    /// <summary>As announced.</summary>
    [Id(5)] public string DisplayName { get; init; } = "";

    /// <summary>As announced; other signs count too.</summary>
    [Id(6)] public bool IsScreenshare { get; init; }
}
