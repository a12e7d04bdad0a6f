namespace Recording.Grains.Abstractions.Rooms;

/// <summary>A producer.</summary>
[GenerateSerializer, Immutable, Alias("recording.ProducerView")]
public sealed record ProducerView(
    [property: Id(0)] string ProducerId,
    [property: Id(1)] string PeerId,
    [property: Id(2)] string Kind,
    [property: Id(3)] string TrackType,
    [property: Id(4)] string Codec,
    [property: Id(5)] bool Paused,
    [property: Id(6)] string? TrackId);
