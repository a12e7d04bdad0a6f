namespace Recording.Grains.Abstractions.Rooms;

/// <summary>A recording that was accepted and is starting.</summary>
/// <param name="RecordingId">Its id.</param>
/// <param name="Prefix">Where it is stored, with a trailing slash.</param>
[GenerateSerializer, Immutable, Alias("recording.StartResult")]
public sealed record StartResult(
    [property: Id(0)] string RecordingId,
    [property: Id(1)] string Prefix);
