namespace Recording.PostProcessing.Report;

/// <summary>A stretch without media, or with silence only.</summary>
public sealed record ReportGap
{
    /// <summary>Start, ms since the origin.</summary>
    public required long T { get; init; }

    /// <summary>Length.</summary>
    public required long DurationMs { get; init; }

    /// <summary>loss, link, paused, muted, dtx, silent, stopped or stalled: see docs/quality-report.md.</summary>
    public required string Kind { get; init; }

    /// <summary>Packets missing in it.</summary>
    public long Packets { get; init; }
}
