namespace Recording.Grains.Abstractions.Tracks;

/// <summary>What a track grain needs to know to write segments.</summary>
[GenerateSerializer, Immutable, Alias("recording.TrackOpening")]
public sealed record TrackOpening
{
    /// <summary>Fence of the link that feeds the track; 0 = no link but a spool.</summary>
    [Id(0)] public required ulong Fence { get; init; }

    /// <summary>The recording.</summary>
    [Id(1)] public required string RecordingId { get; init; }

    /// <summary>Key prefix of the recording, with a trailing slash.</summary>
    [Id(2)] public required string Prefix { get; init; }

    /// <summary>The track, as minted by the room.</summary>
    [Id(3)] public required string TrackId { get; init; }

    /// <summary>Protobuf <c>TrackHeader</c>, written at the start of each segment.</summary>
    [Id(4)] public required byte[] Header { get; init; }

    /// <summary>Session that numbers the packets.</summary>
    [Id(5)] public required ulong Epoch { get; init; }

    /// <summary>First index that is not known to be stored; 1 at the start of a session.</summary>
    [Id(6)] public required ulong FirstUnstored { get; init; }

    /// <summary>The packets come from a spool that was announced to the recording: they are taken though the track is sealed.</summary>
    [Id(7)] public bool IsLate { get; init; }
}
