namespace Recording.PostProcessing.Layout;

/// <summary>Divides the canvas into one large place and a strip of small ones along its longer side's end. Pure.</summary>
internal static class SideStrip
{
    private const int Share = 5;

    /// <summary>How many small places there are.</summary>
    public static int Capacity(Canvas canvas)
    {
        PixelRect strip = Divide(canvas).Strip;
        return IsWide(canvas)
            ? Math.Max(1, canvas.Height / Math.Max(2, strip.Width * 9 / 16))
            : Math.Max(1, canvas.Width / Math.Max(2, strip.Height * 9 / 16));
    }

    /// <summary>The large source and the small ones; with no small ones the large one has everything.</summary>
    public static IReadOnlyList<SceneRegion> Arrange(StageSource main, IReadOnlyList<StageSource> small, Canvas canvas)
    {
        if (small.Count == 0)
        {
            return [SceneRegion.Of(main, canvas.Area)];
        }

        (PixelRect large, PixelRect strip) = Divide(canvas);
        int capacity = Capacity(canvas);
        int count = Math.Min(small.Count, capacity);

        // Cells keep their size however few there are, and stand in the middle of the strip.
        int columns = IsWide(canvas) ? 1 : capacity;
        int rows = IsWide(canvas) ? capacity : 1;
        int unused = capacity - count;
        int shiftX = IsWide(canvas) ? 0 : TileGrid.Even(unused * strip.Width / columns / 2);
        int shiftY = IsWide(canvas) ? TileGrid.Even(unused * strip.Height / rows / 2) : 0;
        var regions = new List<SceneRegion> { SceneRegion.Of(main, large) };
        for (int i = 0; i < count; i++)
        {
            PixelRect cell = TileGrid.FixedCell(strip, columns, rows, i);
            regions.Add(SceneRegion.Of(small[i], cell with { X = cell.X + shiftX, Y = cell.Y + shiftY }));
        }

        return regions;
    }

    private static bool IsWide(Canvas canvas) => canvas.Width >= canvas.Height;

    private static (PixelRect Large, PixelRect Strip) Divide(Canvas canvas)
    {
        if (IsWide(canvas))
        {
            int width = TileGrid.Even(canvas.Width / Share);
            return (new PixelRect(0, 0, canvas.Width - width, canvas.Height), new PixelRect(canvas.Width - width, 0, width, canvas.Height));
        }

        int height = TileGrid.Even(canvas.Height / Share);
        return (new PixelRect(0, 0, canvas.Width, canvas.Height - height), new PixelRect(0, canvas.Height - height, canvas.Width, height));
    }
}
