namespace Recording.PostProcessing.Report;

/// <summary>What policy decided.</summary>
public sealed record ReportDecision
{
    /// <summary>When, ms since the origin.</summary>
    public required long T { get; init; }

    /// <summary>What, in words.</summary>
    public required string Text { get; init; }
}
