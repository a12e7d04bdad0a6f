using Recording.Model;

namespace Recording.Grains.Abstractions.Jobs;

/// <summary>A track that a job made nothing of, for whoever looks for it among the outputs.</summary>
/// <param name="TrackId">The track.</param>
/// <param name="Reason">Why, for a person.</param>
/// <param name="Code">Why (docs/jobs.md); None = it holds no media, so that nothing is missing.</param>
[GenerateSerializer, Immutable, Alias("recording.JobSkippedTrack")]
public sealed record JobSkippedTrack(
    [property: Id(0)] string TrackId,
    [property: Id(1)] string Reason,
    [property: Id(2)] RecordingErrorCode Code);
