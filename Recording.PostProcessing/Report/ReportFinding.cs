namespace Recording.PostProcessing.Report;

/// <summary>One thing that a reader should know, in words.</summary>
public sealed record ReportFinding
{
    /// <summary>info, minor or major.</summary>
    public required string Severity { get; init; }

    /// <summary>What, when and how much.</summary>
    public required string Text { get; init; }

    /// <summary>Taken off the score of the track or recording; 0 = for information.</summary>
    public double Points { get; init; }

    /// <summary>Whose; null = the whole recording.</summary>
    public string? ParticipantId { get; init; }

    /// <summary>Of which track; null = not of one.</summary>
    public string? TrackId { get; init; }
}
