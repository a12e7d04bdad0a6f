namespace Recording.PostProcessing.Layout;

/// <summary>A grid of initials: who is there, and no picture of anybody.</summary>
public sealed class AudioOnlyLayout : ILayout
{
    private readonly GridLayout _grid = new();

    /// <inheritdoc />
    public string Name => "audio-only";

    /// <inheritdoc />
    public bool FollowsSpeaker => false;

    /// <inheritdoc />
    public int CountPages(Stage stage, Canvas canvas) => _grid.CountPages(Faceless(stage), canvas);

    /// <inheritdoc />
    public IReadOnlyList<SceneRegion> Arrange(Stage stage, Canvas canvas, int page) => _grid.Arrange(Faceless(stage), canvas, page);

    private static Stage Faceless(Stage stage) => stage with { Sources = [.. stage.People.Select(source => source with { TrackId = null })] };
}
