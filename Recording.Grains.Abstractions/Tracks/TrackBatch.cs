namespace Recording.Grains.Abstractions.Tracks;

/// <summary>Packets of one track on their way from gateway to grain. Never changed after it was handed over: a call that timed out may still read it.</summary>
[GenerateSerializer, Immutable, Alias("recording.TrackBatch")]
public sealed class TrackBatch
{
    /// <summary>Fence of the link that feeds the track; an older one is refused. 0 = no link but a spool, which is never refused.</summary>
    [Id(0)] public required ulong Fence { get; init; }

    /// <summary>Session that numbered the packets.</summary>
    [Id(1)] public required ulong Epoch { get; init; }

    /// <summary>Index of the first packet; with <see cref="Count"/> 0, the next index to come.</summary>
    [Id(2)] public required ulong FirstIndex { get; init; }

    /// <summary>Indexes held: entries of the data blocks plus runs of <c>skipped</c> markers.</summary>
    [Id(3)] public required int Count { get; init; }

    /// <summary>The first index that the gateway (or the SFU's ring) can still give; what lies before it and is not stored is lost.</summary>
    [Id(4)] public ulong RetainedFrom { get; init; }

    /// <summary>Whole blocks as in the track file, at most 128 KiB.</summary>
    [Id(5)] public required byte[] Blocks { get; init; }
}
