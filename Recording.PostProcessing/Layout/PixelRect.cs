namespace Recording.PostProcessing.Layout;

/// <summary>A rectangle in pixels of the canvas; all four are even, because chroma is halved.</summary>
/// <param name="X">Left edge.</param>
/// <param name="Y">Top edge.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
public readonly record struct PixelRect(int X, int Y, int Width, int Height);
