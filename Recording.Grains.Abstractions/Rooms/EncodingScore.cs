namespace Recording.Grains.Abstractions.Rooms;

/// <summary>How well one stream of a producer reaches the SFU.</summary>
/// <param name="Ssrc">As in the packets.</param>
/// <param name="Rid">Simulcast layer; empty = none.</param>
/// <param name="Score">0 (nothing arrives) to 10, as mediasoup counts it.</param>
[GenerateSerializer, Immutable, Alias("recording.EncodingScore")]
public sealed record EncodingScore([property: Id(0)] uint Ssrc, [property: Id(1)] string Rid, [property: Id(2)] int Score);
