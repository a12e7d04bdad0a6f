using Recording.PostProcessing.Timeline;

namespace Recording.PostProcessing.Outputs;

/// <summary>A track that is heard.</summary>
/// <param name="TrackId">The track.</param>
/// <param name="Sections">In order of time; at least one.</param>
/// <param name="Muted">Recording times at which it is silenced.</param>
public sealed record AudioSource(string TrackId, IReadOnlyList<AudioSection> Sections, IReadOnlyList<TimeInterval> Muted);
