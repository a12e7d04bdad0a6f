using System.Text.Json.Serialization;

namespace Recording.PostProcessing.Transcript;

/// <summary>transcript.json: what was said, by whom and when, on the recording's clock (docs/schemas/transcript.schema.json).</summary>
public sealed record TranscriptDocument
{
    /// <summary>Name of the schema.</summary>
    public const string SchemaName = "recording-transcript-v1";

    /// <summary>Always <see cref="SchemaName"/>.</summary>
    [JsonPropertyName("$schema")] public string Schema { get; init => field = value ?? SchemaName; } = SchemaName;

    /// <summary>The recording.</summary>
    public required string RecordingId { get; init; }

    /// <summary>As the transcriber names it; empty = it did not say.</summary>
    public string Language { get; init => field = value ?? ""; } = "";

    /// <summary>In order of time.</summary>
    public IReadOnlyList<TranscriptSegment> Segments { get; init => field = value ?? []; } = [];

    /// <summary>What was listened to.</summary>
    public IReadOnlyList<TranscriptTrack> Tracks { get; init => field = value ?? []; } = [];
}
