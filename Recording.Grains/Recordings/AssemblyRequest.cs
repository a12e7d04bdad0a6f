using Recording.Grains.Recordings.State;

namespace Recording.Grains.Recordings;

/// <summary>One track to be assembled.</summary>
/// <param name="Prefix">Key prefix of the recording.</param>
/// <param name="TrackId">The track.</param>
/// <param name="Kind">audio or video.</param>
/// <param name="Segments">The committed list.</param>
internal sealed record AssemblyRequest(string Prefix, string TrackId, string Kind, IReadOnlyList<SegmentEntry> Segments);
