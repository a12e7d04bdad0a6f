namespace Recording.Grains.Abstractions.Rooms;

/// <summary>One track to be subscribed and where it goes.</summary>
[GenerateSerializer, Immutable, Alias("recording.TrackDirective")]
public sealed record TrackDirective
{
    /// <summary>The SFU's producer.</summary>
    [Id(0)] public required string ProducerId { get; init; }

    /// <summary>Minted by the room.</summary>
    [Id(1)] public required string TrackId { get; init; }

    /// <summary>As announced by the SFU.</summary>
    [Id(2)] public required string PeerId { get; init; }

    /// <summary>As announced by the SFU.</summary>
    [Id(3)] public string DisplayName { get; init; } = "";

    /// <summary>audio or video.</summary>
    [Id(4)] public required string Kind { get; init; }

    /// <summary>mic, camera or screenshare.</summary>
    [Id(5)] public string TrackType { get; init; } = "";

    /// <summary>Whether it is a screenshare by any of the three signs.</summary>
    [Id(6)] public bool IsScreenshare { get; init; }
}
