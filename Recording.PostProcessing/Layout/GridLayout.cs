namespace Recording.PostProcessing.Layout;

/// <summary>Tiles of one size, as many columns as make them largest; over 49 there are pages.</summary>
public sealed class GridLayout : ILayout
{
    /// <summary>Tiles on a page.</summary>
    public const int TilesPerPage = 49;

    // Most cameras and screens have this shape; tiles are chosen so that such a picture is largest.
    private const double PictureAspect = 16.0 / 9;
    private const int Gap = 4;

    /// <inheritdoc />
    public string Name => "grid";

    /// <inheritdoc />
    public bool FollowsSpeaker => false;

    /// <inheritdoc />
    public int CountPages(Stage stage) => Math.Max(1, (stage.Sources.Count + TilesPerPage - 1) / TilesPerPage);

    /// <inheritdoc />
    public IReadOnlyList<SceneRegion> Arrange(Stage stage, Canvas canvas, int page)
    {
        StageSource[] sources = [.. stage.Sources.Skip(page * TilesPerPage).Take(TilesPerPage)];
        if (sources.Length == 0)
        {
            return [];
        }

        int columns = ChooseColumns(sources.Length, canvas);
        int rows = (sources.Length + columns - 1) / columns;
        int cellWidth = Even(canvas.Width / columns);
        int cellHeight = Even(canvas.Height / rows);
        int gap = sources.Length > 1 && Math.Min(cellWidth, cellHeight) >= 8 * Gap ? Gap : 0;
        int top = Even((canvas.Height - (rows * cellHeight)) / 2);
        var regions = new SceneRegion[sources.Length];
        for (int i = 0; i < sources.Length; i++)
        {
            int row = i / columns;
            int inRow = Math.Min(columns, sources.Length - (row * columns));

            // The last row may be shorter: it stands in the middle.
            int left = Even((canvas.Width - (inRow * cellWidth)) / 2);
            StageSource source = sources[i];
            regions[i] = new SceneRegion
            {
                TrackId = source.TrackId,
                ParticipantId = source.ParticipantId,
                Rect = new PixelRect(
                    left + ((i % columns) * cellWidth) + (gap / 2),
                    top + (row * cellHeight) + (gap / 2),
                    cellWidth - gap,
                    cellHeight - gap),
                Label = source.DisplayName,
            };
        }

        return regions;
    }

    private static int ChooseColumns(int tiles, Canvas canvas)
    {
        int best = 1;
        double bestArea = 0;
        for (int columns = 1; columns <= tiles; columns++)
        {
            int rows = (tiles + columns - 1) / columns;
            double width = (double)canvas.Width / columns;
            double height = (double)canvas.Height / rows;
            double picture = Math.Min(width, height * PictureAspect);
            if (picture >= bestArea)
            {
                bestArea = picture;
                best = columns;
            }
        }

        return best;
    }

    private static int Even(int value) => value & ~1;
}
