namespace Recording.PostProcessing.Layout;

/// <summary>The picture that is made.</summary>
/// <param name="Width">Pixels, even.</param>
/// <param name="Height">Pixels, even.</param>
/// <param name="FrameRate">Frames a second.</param>
public readonly record struct Canvas(int Width, int Height, int FrameRate)
{
    /// <summary>All of it.</summary>
    public PixelRect Area => new(0, 0, Width, Height);
}
