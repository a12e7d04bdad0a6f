namespace Recording.Media.Remuxing;

/// <summary>A stretch without media; in video the last picture stands still.</summary>
/// <param name="StartUs">End of the frame before, µs recording time since 1970.</param>
/// <param name="EndUs">Time of the frame behind.</param>
/// <param name="Kind">Why.</param>
public readonly record struct MediaGap(long StartUs, long EndUs, GapKind Kind);
