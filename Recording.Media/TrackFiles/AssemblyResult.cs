using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.TrackFiles;

/// <summary>A complete track file and what was counted while it was written.</summary>
public sealed record AssemblyResult
{
    /// <summary>Of the file, lower-case hex.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Bytes of the file.</summary>
    public required long Size { get; init; }

    /// <summary>RTP packets; entries that were refused, and sender reports, are not among them.</summary>
    public long Packets { get; init; }

    /// <summary>Bytes of those packets.</summary>
    public long Bytes { get; init; }

    /// <summary>Sender reports.</summary>
    public long SenderReports { get; init; }

    /// <summary>Indexes of packets that were refused or came while paused.</summary>
    public long Refused { get; init; }

    /// <summary>Sequence numbers that never came (RFC 3550 A.3), over all media SSRCs; RTX and foreign packets do not count.</summary>
    public long Lost { get; init; }

    /// <summary>Sequence numbers that came again.</summary>
    public long Duplicates { get; init; }

    /// <summary>Packets that came after a later one.</summary>
    public long Reordered { get; init; }

    /// <summary>Reordered packets that came over 200 ms after their due time.</summary>
    public long Late { get; init; }

    /// <summary>Interarrival jitter in ms (RFC 3550 6.4.1) at the end of each SSRC, weighted by its packets.</summary>
    public double JitterMs { get; init; }

    /// <summary>RTP bits a second between first and last packet.</summary>
    public long BitrateBps { get; init; }

    /// <summary>Key frames, each layer's counted.</summary>
    public long Keyframes { get; init; }

    /// <summary>Indexes that are missing between the first and the last of each epoch.</summary>
    public ulong MissingIndexes { get; init; }

    /// <summary>Earliest packet, µs since 1970 on the SFU's clock; 0 = none.</summary>
    public long FirstTimeUs { get; init; }

    /// <summary>Latest packet, µs since 1970; 0 = none.</summary>
    public long LastTimeUs { get; init; }

    /// <summary>Media SSRCs in order of appearance.</summary>
    public IReadOnlyList<uint> Ssrcs { get; init; } = [];

    /// <summary>Holes, in the order of the file.</summary>
    public IReadOnlyList<AssembledGap> Gaps { get; init; } = [];

    /// <summary>Pauses, in the order of the file.</summary>
    public IReadOnlyList<AssembledPause> Paused { get; init; } = [];

    /// <summary>The last format of the file.</summary>
    public TrackFormat Format { get; init; } = new();
}
