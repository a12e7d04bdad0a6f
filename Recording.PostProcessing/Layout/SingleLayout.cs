namespace Recording.PostProcessing.Layout;

/// <summary>One participant over the whole picture: the camera, else the shared screen, else initials; nothing while away.</summary>
/// <param name="participantId">Whom.</param>
public sealed class SingleLayout(string participantId) : ILayout
{
    /// <summary>How its name begins.</summary>
    public const string Prefix = "single:";

    /// <summary>Whom.</summary>
    public string ParticipantId => participantId;

    /// <inheritdoc />
    public string Name => Prefix + participantId;

    /// <inheritdoc />
    public bool FollowsSpeaker => false;

    /// <inheritdoc />
    public int CountPages(Stage stage, Canvas canvas) => 1;

    /// <inheritdoc />
    public IReadOnlyList<SceneRegion> Arrange(Stage stage, Canvas canvas, int page)
    {
        StageSource[] own = [.. stage.Sources.Where(source => source.ParticipantId == participantId)];
        StageSource? shown = own.FirstOrDefault(source => !source.IsScreenshare && source.TrackId is not null) ?? own.FirstOrDefault(source => source.IsScreenshare) ?? own.FirstOrDefault();
        return shown is null ? [] : [SceneRegion.Of(shown, canvas.Area) with { Label = "" }];
    }
}
