using Recording.Model.Documents;

namespace Recording.Grains.Recordings.State;

/// <summary>A complete track file and what was counted while it was written.</summary>
public sealed record AssembledTrack
{
    /// <summary>Relative to the prefix; empty in states of older versions: <c>tracks/{track_id}.rtp</c>.</summary>
    public string File { get; init; } = "";

    /// <summary>Of the file, lower-case hex.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Bytes of the file.</summary>
    public required long Size { get; init; }

    /// <summary>RTP packets.</summary>
    public required long Packets { get; init; }

    /// <summary>Sequence numbers that never came.</summary>
    public long Lost { get; init; }

    /// <summary>Packets seen again.</summary>
    public long Duplicates { get; init; }

    /// <summary>Packets that came after a later one.</summary>
    public long Reordered { get; init; }

    /// <summary>Packets too late to be placed.</summary>
    public long Late { get; init; }

    /// <summary>Interarrival jitter in ms.</summary>
    public double JitterMs { get; init; }

    /// <summary>Mean bits a second.</summary>
    public long BitrateBps { get; init; }

    /// <summary>Key frames.</summary>
    public long Keyframes { get; init; }

    /// <summary>First packet, µs since 1970; 0 = none.</summary>
    public long FirstTimeUs { get; init; }

    /// <summary>Last packet, µs since 1970; 0 = none.</summary>
    public long LastTimeUs { get; init; }

    /// <summary>SSRCs in order of appearance.</summary>
    public List<uint> Ssrcs { get; init; } = [];

    /// <summary>The last format's payload types.</summary>
    public List<PayloadTypeSection> PayloadTypes { get; init; } = [];

    /// <summary>Holes found while reading.</summary>
    public List<TrackGap> Gaps { get; init; } = [];

    /// <summary>Pauses found while reading.</summary>
    public List<TrackPause> Paused { get; init; } = [];
}
