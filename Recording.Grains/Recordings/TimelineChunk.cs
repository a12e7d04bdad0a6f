using System.Text.Json.Serialization;
using Recording.Model;

namespace Recording.Grains.Recordings;

/// <summary>A run of timeline events as it is stored while the recording is live.</summary>
internal sealed record TimelineChunk
{
    /// <summary>Sequence of the first event.</summary>
    public required long First { get; init; }

    /// <summary>The events, one sequence each.</summary>
    public required IReadOnlyList<TimelineEvent> Events { get; init; }
}

/// <summary>Source-generated serialization of chunks.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(TimelineChunk))]
internal sealed partial class TimelineChunkContext : JsonSerializerContext;
