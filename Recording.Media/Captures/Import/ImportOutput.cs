using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Captures.Import;

/// <summary>Where a captured track goes.</summary>
/// <param name="Track">What goes there.</param>
/// <param name="Header">The file's header.</param>
/// <param name="Stream">The file, empty; flushed, not closed.</param>
public sealed record ImportOutput(CapturedTrack Track, TrackHeader Header, Stream Stream);
