namespace Recording.PostProcessing.Layout;

/// <summary>Tiles of one size in a rectangle, as many columns as make them largest. Pure.</summary>
internal static class TileGrid
{
    // Most cameras and screens have this shape; tiles are chosen so that such a picture is largest.
    private const double PictureAspect = 16.0 / 9;
    private const int Gap = 4;

    /// <summary>Places tiles, row by row; the last row may be shorter and stands in the middle.</summary>
    /// <param name="count">Tiles; more than fit are left out.</param>
    /// <param name="area">Where.</param>
    /// <param name="mostColumns">0 = any.</param>
    /// <param name="mostRows">0 = any.</param>
    public static IReadOnlyList<PixelRect> Place(int count, PixelRect area, int mostColumns = 0, int mostRows = 0)
    {
        int largestColumns = mostColumns > 0 ? mostColumns : Math.Max(1, count);
        int largestRows = mostRows > 0 ? mostRows : Math.Max(1, count);
        count = (int)Math.Min(count, (long)largestColumns * largestRows);
        if (count == 0)
        {
            return [];
        }

        int columns = ChooseColumns(count, area, largestColumns, largestRows);
        int rows = (count + columns - 1) / columns;
        return [.. Enumerable.Range(0, count).Select(i => Cell(area, columns, rows, i, Math.Min(columns, count - (i / columns * columns)), count > 1))];
    }

    /// <summary>A cell of a fixed grid, numbered row by row.</summary>
    public static PixelRect FixedCell(PixelRect area, int columns, int rows, int cell) => Cell(area, columns, rows, cell, columns, columns * rows > 1);

    /// <summary>Down to an even number.</summary>
    public static int Even(int value) => value & ~1;

    private static PixelRect Cell(PixelRect area, int columns, int rows, int index, int inRow, bool gaps)
    {
        int cellWidth = Math.Max(2, Even(area.Width / columns));
        int cellHeight = Math.Max(2, Even(area.Height / rows));
        int gap = gaps && Math.Min(cellWidth, cellHeight) >= 8 * Gap ? Gap : 0;
        int left = area.X + Even(Math.Max(0, area.Width - (inRow * cellWidth)) / 2);
        int top = area.Y + Even(Math.Max(0, area.Height - (rows * cellHeight)) / 2);
        return new PixelRect(left + (index % columns * cellWidth) + (gap / 2), top + (index / columns * cellHeight) + (gap / 2), cellWidth - gap, cellHeight - gap);
    }

    private static int ChooseColumns(int tiles, PixelRect area, int largestColumns, int largestRows)
    {
        int best = Math.Min(tiles, largestColumns);
        double bestArea = 0;
        for (int columns = 1; columns <= Math.Min(tiles, largestColumns); columns++)
        {
            int rows = (tiles + columns - 1) / columns;
            if (rows > largestRows)
            {
                continue;
            }

            double width = (double)area.Width / columns;
            double height = (double)area.Height / rows;
            double picture = Math.Min(width, height * PictureAspect);
            if (picture >= bestArea)
            {
                bestArea = picture;
                best = columns;
            }
        }

        return best;
    }
}
