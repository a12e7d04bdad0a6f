namespace Recording.PostProcessing.Layout;

/// <summary>The newest shared screen large, beside it who has the floor and as many others as fit; without a screen like <see cref="SpeakerLayout"/>.</summary>
public sealed class ScreenshareLayout : ILayout
{
    private readonly SpeakerLayout _without = new();

    /// <inheritdoc />
    public string Name => "screenshare";

    /// <inheritdoc />
    public bool FollowsSpeaker => true;

    /// <inheritdoc />
    public int CountPages(Stage stage, Canvas canvas) => stage.Screens.Any() ? 1 : _without.CountPages(stage, canvas);

    /// <inheritdoc />
    public IReadOnlyList<SceneRegion> Arrange(Stage stage, Canvas canvas, int page)
    {
        if (stage.Screens.OrderByDescending(source => source.SinceUs).FirstOrDefault() is not { } screen)
        {
            return _without.Arrange(stage, canvas, page);
        }

        StageSource? speaker = stage.MainPerson();
        IEnumerable<StageSource> small = speaker is null ? [] : [speaker];
        return SideStrip.Arrange(
            screen,
            [.. small.Concat(stage.Sources.Where(source => !ReferenceEquals(source, screen) && !ReferenceEquals(source, speaker))).Take(SideStrip.Capacity(canvas))],
            canvas);
    }
}
