namespace Recording.PostProcessing.Report;

/// <summary>A stretch of time.</summary>
public sealed record ReportSpan
{
    /// <summary>Start, ms since the origin.</summary>
    public required long T { get; init; }

    /// <summary>Length.</summary>
    public required long DurationMs { get; init; }
}
