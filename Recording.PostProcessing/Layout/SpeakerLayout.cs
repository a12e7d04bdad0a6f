namespace Recording.PostProcessing.Layout;

/// <summary>Who has the floor large, the others in a strip; when they are more than fit, the strip has pages.</summary>
public sealed class SpeakerLayout : ILayout
{
    /// <inheritdoc />
    public string Name => "speaker";

    /// <inheritdoc />
    public bool FollowsSpeaker => true;

    /// <inheritdoc />
    public int CountPages(Stage stage, Canvas canvas)
    {
        int perPage = SideStrip.Capacity(canvas);
        return Math.Max(1, (stage.Sources.Count - 1 + perPage - 1) / perPage);
    }

    /// <inheritdoc />
    public IReadOnlyList<SceneRegion> Arrange(Stage stage, Canvas canvas, int page)
    {
        StageSource? main = stage.MainPerson() ?? (stage.Sources.Count > 0 ? stage.Sources[0] : null);
        if (main is null)
        {
            return [];
        }

        int perPage = SideStrip.Capacity(canvas);
        return SideStrip.Arrange(main, [.. stage.Sources.Where(source => !ReferenceEquals(source, main)).Skip(page * perPage).Take(perPage)], canvas);
    }
}
