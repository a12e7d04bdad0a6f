using Recording.PostProcessing.Timeline;

namespace Recording.PostProcessing.Report;

/// <summary>What the timeline says of a track; µs since the origin.</summary>
/// <param name="IsScreenshare">A shared screen: it stands still of its own.</param>
/// <param name="Muted">The SFU had paused its producer.</param>
/// <param name="Paused">The recording was paused.</param>
/// <param name="Cut">The link to the SFU was down.</param>
internal sealed record TrackStates(bool IsScreenshare, IReadOnlyList<TimeInterval> Muted, IReadOnlyList<TimeInterval> Paused, IReadOnlyList<TimeInterval> Cut);
