namespace Recording.Media.Remuxing;

/// <summary>From this time on pictures have this size.</summary>
/// <param name="TimeUs">µs recording time since 1970.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
public readonly record struct PictureSize(long TimeUs, int Width, int Height);
