namespace Recording.PostProcessing.Layout;

/// <summary>One source over the whole picture, a second one in its lower right corner: the shared screen and who speaks, or who speaks and the next.</summary>
public sealed class PipLayout : ILayout
{
    private const int Share = 4;
    private const int MarginShare = 40;

    /// <inheritdoc />
    public string Name => "pip";

    /// <inheritdoc />
    public bool FollowsSpeaker => true;

    /// <inheritdoc />
    public int CountPages(Stage stage, Canvas canvas) => 1;

    /// <inheritdoc />
    public IReadOnlyList<SceneRegion> Arrange(Stage stage, Canvas canvas, int page)
    {
        StageSource? person = stage.MainPerson();
        StageSource? screen = stage.Screens.OrderByDescending(source => source.SinceUs).FirstOrDefault();
        StageSource? main = screen ?? person;
        StageSource? inset = screen is not null ? person : stage.People.FirstOrDefault(source => !ReferenceEquals(source, person));
        if (main is null)
        {
            return [];
        }

        List<SceneRegion> regions = [SceneRegion.Of(main, canvas.Area)];
        if (inset is not null)
        {
            int width = TileGrid.Even(canvas.Width / Share);
            int height = TileGrid.Even(canvas.Height / Share);
            int margin = TileGrid.Even(Math.Min(canvas.Width, canvas.Height) / MarginShare);
            regions.Add(SceneRegion.Of(inset, new PixelRect(canvas.Width - width - margin, canvas.Height - height - margin, width, height), z: 1));
        }

        return regions;
    }
}
