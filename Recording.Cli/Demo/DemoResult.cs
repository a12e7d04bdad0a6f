using System.Text.Json.Serialization;

namespace Recording.Cli.Demo;

/// <summary>The last line of <c>recording demo</c>.</summary>
/// <param name="RecordingId">The recording.</param>
/// <param name="Prefix">Its directory.</param>
/// <param name="Tracks">Track files, relative to the prefix.</param>
/// <param name="Composite">Path of the composite.</param>
/// <param name="DurationSeconds">Of the composite, by ffprobe.</param>
internal sealed record DemoResult(
    [property: JsonPropertyName("recording_id")] string RecordingId,
    [property: JsonPropertyName("prefix")] string Prefix,
    [property: JsonPropertyName("tracks")] IReadOnlyList<string> Tracks,
    [property: JsonPropertyName("composite")] string Composite,
    [property: JsonPropertyName("duration_s")] double DurationSeconds);
