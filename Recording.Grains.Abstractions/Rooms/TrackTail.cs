namespace Recording.Grains.Abstractions.Rooms;

/// <summary>A track that has ended, of which an acknowledging SFU may still hold packets in its ring: a gateway that takes the link over fetches them.</summary>
[GenerateSerializer, Immutable, Alias("recording.TrackTail")]
public sealed record TrackTail
{
    /// <summary>Our recording id.</summary>
    [Id(0)] public required string RecordingId { get; init; }

    /// <summary>Key prefix of the recording, with a trailing slash.</summary>
    [Id(1)] public required string Prefix { get; init; }

    /// <summary>The id that the SFU knows the recording by.</summary>
    [Id(2)] public required string SfuRecordingId { get; init; }

    /// <summary>The track.</summary>
    [Id(3)] public required TrackDirective Track { get; init; }

    /// <summary>When the recording was complete, µs since 1970, our clock: the SFU is only told so. 0 = it is not, what the SFU holds is wanted.</summary>
    [Id(4)] public long CompleteAtUs { get; init; }
}
