namespace Recording.Grains.Abstractions.Tracks;

/// <summary>Live counters of a track since its activation; the final ones come from assembly.</summary>
[GenerateSerializer, Immutable, Alias("recording.TrackFigures")]
public sealed record TrackFigures
{
    /// <summary>Entries taken.</summary>
    [Id(0)] public long Packets { get; init; }

    /// <summary>RTP bytes taken.</summary>
    [Id(1)] public long Bytes { get; init; }

    /// <summary>Indexes that never came.</summary>
    [Id(2)] public long MissingIndexes { get; init; }

    /// <summary>Sequence numbers missing so far (RFC 3550 A.3).</summary>
    [Id(3)] public long Lost { get; init; }

    /// <summary>Sequence numbers seen again.</summary>
    [Id(4)] public long Duplicates { get; init; }

    /// <summary>Packets that came after a later one.</summary>
    [Id(5)] public long Reordered { get; init; }

    /// <summary>Interarrival jitter in ms (RFC 3550 6.4.1).</summary>
    [Id(6)] public double JitterMs { get; init; }

    /// <summary>End of the contiguous stored prefix of the newest epoch.</summary>
    [Id(7)] public ulong StoredIndex { get; init; }

    /// <summary>Arrival of the newest packet, µs since 1970; 0 = none.</summary>
    [Id(8)] public long LastTimeUs { get; init; }

    /// <summary>Indexes that came after the track was sealed and were not kept.</summary>
    [Id(9)] public long Late { get; init; }

    /// <summary>How long the oldest of what was taken, or of what was asked of the store, waits for it, µs; 0 = nothing waits.</summary>
    [Id(10)] public long WaitingUs { get; init; }

    /// <summary>Time since a gateway that holds something unstored has called, µs; null = none has since this activation began.</summary>
    [Id(11)] public long? SinceCallUs { get; init; }
}
