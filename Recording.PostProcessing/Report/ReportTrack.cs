namespace Recording.PostProcessing.Report;

/// <summary>One track.</summary>
public sealed record ReportTrack
{
    /// <summary>Unique in the recording.</summary>
    public required string TrackId { get; init; }

    /// <summary>audio or video.</summary>
    public required string Kind { get; init; }

    /// <summary>mic, camera or screenshare; may be empty.</summary>
    public string TrackType { get; init => field = value ?? ""; } = "";

    /// <summary>Lower case; empty = no packet.</summary>
    public string Codec { get; init => field = value ?? ""; } = "";

    /// <summary>Relative to the prefix; null = nothing was stored.</summary>
    public string? File { get; init; }

    /// <summary>Why there are no figures; null = there are.</summary>
    public string? Problem { get; init; }

    /// <summary>0 (useless) to 100 (nothing wrong).</summary>
    public int Score { get; init; }

    /// <summary>First packet, ms since the origin.</summary>
    public long T { get; init; }

    /// <summary>First to last packet, recording time.</summary>
    public long DurationMs { get; init; }

    /// <summary>Packets.</summary>
    public PacketFigures Packets { get; init => field = value ?? new(); } = new();

    /// <summary>Packets that never came, by burst.</summary>
    public LossFigures Loss { get; init => field = value ?? new(); } = new();

    /// <summary>How evenly packets came.</summary>
    public JitterFigures Jitter { get; init => field = value ?? new(); } = new();

    /// <summary>Bits a second.</summary>
    public BitrateFigures Bitrate { get; init => field = value ?? new(); } = new();

    /// <summary>Stretches without media, told apart.</summary>
    public GapFigures Gaps { get; init => field = value ?? new(); } = new();

    /// <summary>Frames; null = audio.</summary>
    public PictureFigures? Picture { get; init; }

    /// <summary>How its clock runs.</summary>
    public ClockFigures Clock { get; init => field = value ?? new(); } = new();

    /// <summary>Sources (SSRCs) with media, most packets first.</summary>
    public IReadOnlyList<ReportLayer> Layers { get; init => field = value ?? []; } = [];

    /// <summary>Stretches of the file that could not be read.</summary>
    public long DamagedStretches { get; init; }
}
