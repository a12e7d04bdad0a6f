using System.Text.Json.Serialization;

namespace Recording.PostProcessing.Report;

/// <summary>What a recording is worth and why: JSON as in docs/schemas/report.schema.json.</summary>
public sealed record QualityReport
{
    /// <summary>Name of the schema.</summary>
    public const string SchemaName = "recording-quality-report-v1";

    /// <summary>Always <see cref="SchemaName"/>.</summary>
    [JsonPropertyName("$schema")] public string Schema { get; init; } = SchemaName;

    /// <summary>Which one.</summary>
    public required ReportRecording Recording { get; init; }

    /// <summary>0 to 100: the mean of the tracks, each weighed by its length, less what the whole recording lacks.</summary>
    public int Score { get; init; }

    /// <summary>Why, worst first.</summary>
    public IReadOnlyList<ReportFinding> Findings { get; init => field = value ?? []; } = [];

    /// <summary>Who was there.</summary>
    public IReadOnlyList<ReportParticipant> Participants { get; init => field = value ?? []; } = [];

    /// <summary>Who had the floor.</summary>
    public IReadOnlyList<ReportSpeech> Speakers { get; init => field = value ?? []; } = [];

    /// <summary>When the recording was paused.</summary>
    public IReadOnlyList<ReportSpan> Pauses { get; init => field = value ?? []; } = [];

    /// <summary>When the link to the SFU was down.</summary>
    public IReadOnlyList<ReportSpan> LinkCuts { get; init => field = value ?? []; } = [];

    /// <summary>What policy decided.</summary>
    public IReadOnlyList<ReportDecision> Policy { get; init => field = value ?? []; } = [];

    /// <summary>Integrity of the stored files.</summary>
    public IReadOnlyList<ReportFile> Files { get; init => field = value ?? []; } = [];
}
