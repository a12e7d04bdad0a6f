namespace Recording.Grains.Abstractions.Rooms;

/// <summary>A participant.</summary>
[GenerateSerializer, Immutable, Alias("recording.PeerView")]
public sealed record PeerView([property: Id(0)] string PeerId, [property: Id(1)] string DisplayName);
