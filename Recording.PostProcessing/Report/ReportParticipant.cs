namespace Recording.PostProcessing.Report;

/// <summary>Somebody who was there.</summary>
public sealed record ReportParticipant
{
    /// <summary>Normalised peer id.</summary>
    public required string PeerId { get; init; }

    /// <summary>As announced; any text at all.</summary>
    public string DisplayName { get; init => field = value ?? ""; } = "";

    /// <summary>Sound against pictures: what the clocks' readings leave open, 95th percentile, ms; null = there are not both.</summary>
    public double? AvErrorMs { get; init; }

    /// <summary>In order of their start.</summary>
    public IReadOnlyList<ReportTrack> Tracks { get; init => field = value ?? []; } = [];
}
