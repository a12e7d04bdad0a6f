namespace Recording.Media.TrackFiles;

/// <summary>One committed segment, opened when its turn comes.</summary>
/// <param name="Key">Its epoch, range and activation.</param>
/// <param name="Open">Opens it for one pass from the start; null = it is not there. The assembler closes it.</param>
/// <param name="Size">Bytes that were committed; null = not known.</param>
public sealed record SegmentSource(SegmentKey Key, Func<CancellationToken, Task<Stream?>> Open, long? Size = null);
