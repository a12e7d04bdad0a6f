using Recording.Grains.Recordings.State;

namespace Recording.Grains.Recordings;

/// <summary>One track to be assembled.</summary>
/// <param name="Prefix">Key prefix of the recording.</param>
/// <param name="TrackId">The track.</param>
/// <param name="File">What to make, relative to the prefix; no other list writes it.</param>
/// <param name="Segments">The committed list.</param>
/// <param name="Base">The complete file that the list adds to; null = none.</param>
internal sealed record AssemblyRequest(string Prefix, string TrackId, string File, IReadOnlyList<SegmentEntry> Segments, TrackBase? Base);
