using Recording.Media.Rtp;

namespace Recording.Media.Remuxing;

/// <summary>From this time on pictures have to be turned so.</summary>
/// <param name="TimeUs">µs recording time since 1970.</param>
/// <param name="Orientation">How.</param>
public readonly record struct PictureOrientation(long TimeUs, VideoOrientation Orientation);
