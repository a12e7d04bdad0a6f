namespace Recording.PostProcessing.Layout;

/// <summary>Tiles of one size, as many columns as make them largest; over 49 there are pages.</summary>
public sealed class GridLayout : ILayout
{
    /// <summary>Tiles on a page.</summary>
    public const int TilesPerPage = 49;

    /// <inheritdoc />
    public string Name => "grid";

    /// <inheritdoc />
    public bool FollowsSpeaker => false;

    /// <inheritdoc />
    public int CountPages(Stage stage, Canvas canvas) => Math.Max(1, (stage.Sources.Count + TilesPerPage - 1) / TilesPerPage);

    /// <inheritdoc />
    public IReadOnlyList<SceneRegion> Arrange(Stage stage, Canvas canvas, int page) =>
        Tiles([.. stage.PinnedFirst().Skip(page * TilesPerPage).Take(TilesPerPage)], canvas.Area);

    /// <summary>A tile for each source.</summary>
    internal static IReadOnlyList<SceneRegion> Tiles(IReadOnlyList<StageSource> sources, PixelRect area) =>
        [.. TileGrid.Place(sources.Count, area).Select((rect, i) => SceneRegion.Of(sources[i], rect))];
}
