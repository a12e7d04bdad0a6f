namespace Recording.Model.Documents;

/// <summary>A recorded track.</summary>
public sealed record RecordedTrack
{
    /// <summary>Figures computed from the complete file.</summary>
    public const string FinalFigures = "final";

    /// <summary>Live counters, which begin again when the track's actor moves.</summary>
    public const string LiveFigures = "since_activation";

    /// <summary>Unique in the recording.</summary>
    public required string TrackId { get; init; }

    /// <summary>audio or video.</summary>
    public required string Kind { get; init; }

    /// <summary>mic, camera or screenshare; may be empty.</summary>
    public string TrackType { get; init => field = value ?? ""; } = "";

    /// <summary>opus, vp8, ...; may be empty until packets told.</summary>
    public string Codec { get; init => field = value ?? ""; } = "";

    /// <summary>Relative to the prefix; null = nothing was stored (yet).</summary>
    public string? File { get; init; }

    /// <summary>When it was subscribed.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Last packet, or when the recording ended; null = under way.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Bytes of the file; of RTP while live.</summary>
    public long Bytes { get; init; }

    /// <summary>The SFU's producer.</summary>
    public string ProducerId { get; init => field = value ?? ""; } = "";

    /// <summary>Whose it is, as announced (with <c>sharescreen_</c> if so).</summary>
    public string PeerId { get; init => field = value ?? ""; } = "";

    /// <summary>Whether it is a screenshare by any sign.</summary>
    public bool IsScreenshare { get; init; }

    /// <summary>"final" or "since_activation": what the figures below count.</summary>
    public string Figures { get; init => field = value ?? LiveFigures; } = LiveFigures;

    /// <summary>As in the file's last format.</summary>
    public IReadOnlyList<PayloadTypeSection> PayloadTypes { get; init => field = value ?? []; } = [];

    /// <summary>Every SSRC of the file, in order of appearance.</summary>
    public IReadOnlyList<uint> Ssrcs { get; init => field = value ?? []; } = [];

    /// <summary>RTP packets.</summary>
    public long Packets { get; init; }

    /// <summary>Sequence numbers that never came (RFC 3550 A.3).</summary>
    public long Lost { get; init; }

    /// <summary>Packets seen again.</summary>
    public long Duplicates { get; init; }

    /// <summary>Packets that came after a later one.</summary>
    public long Reordered { get; init; }

    /// <summary>Packets that came after the seal or too late to be placed.</summary>
    public long Late { get; init; }

    /// <summary>Interarrival jitter in ms (RFC 3550 6.4.1).</summary>
    public double JitterMs { get; init; }

    /// <summary>Mean over the track's time, bits a second of RTP.</summary>
    public long BitrateBps { get; init; }

    /// <summary>Key frames; 0 for audio.</summary>
    public long Keyframes { get; init; }

    /// <summary>Where packets are missing on our side of the SFU.</summary>
    public IReadOnlyList<GapSection> Gaps { get; init => field = value ?? []; } = [];

    /// <summary>Where nothing was stored on purpose.</summary>
    public IReadOnlyList<PauseSection> Paused { get; init => field = value ?? []; } = [];

    /// <summary>Of the file, lower-case hex; null = not assembled yet.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Code of a fault that the file could not be completed without; null = none.</summary>
    public int? ErrorCode { get; init; }
}
