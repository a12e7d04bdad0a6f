namespace Recording.PostProcessing.Report;

/// <summary>Somebody had the floor, as the SFU said.</summary>
public sealed record ReportSpeech
{
    /// <summary>Start, ms since the origin.</summary>
    public required long T { get; init; }

    /// <summary>Length.</summary>
    public required long DurationMs { get; init; }

    /// <summary>Who.</summary>
    public required string PeerId { get; init; }
}
