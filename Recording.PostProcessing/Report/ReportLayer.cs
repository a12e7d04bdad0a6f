namespace Recording.PostProcessing.Report;

/// <summary>One source of a track.</summary>
public sealed record ReportLayer
{
    /// <summary>Its SSRC.</summary>
    public required uint Ssrc { get; init; }

    /// <summary>Its RTP stream id; empty = none was announced.</summary>
    public string Rid { get; init => field = value ?? ""; } = "";

    /// <summary>RTP packets, retransmissions and duplicates too.</summary>
    public long Packets { get; init; }

    /// <summary>RTP bytes.</summary>
    public long Bytes { get; init; }
}
