namespace Recording.PostProcessing.Layout;

/// <summary>A length in pixels, or in percent of the picture.</summary>
/// <param name="Value">Pixels, or 0..100.</param>
/// <param name="IsPercent">Which.</param>
public readonly record struct LayoutLength(double Value, bool IsPercent)
{
    /// <summary>Even pixels of a picture that is <paramref name="whole"/> pixels long.</summary>
    public int Resolve(int whole) => TileGrid.Even((int)Math.Round(IsPercent ? Value * whole / 100 : Value));
}
