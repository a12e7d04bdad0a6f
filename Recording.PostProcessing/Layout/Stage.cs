namespace Recording.PostProcessing.Layout;

/// <summary>What there is to show at one moment.</summary>
/// <param name="Sources">Shared screens first, then participants in the order they get their tiles.</param>
/// <param name="SpeakerId">Who has the floor or is pinned; null = nobody, or the layout does not ask.</param>
public sealed record Stage(IReadOnlyList<StageSource> Sources, string? SpeakerId = null)
{
    /// <summary>Who is pinned, which goes before whoever speaks; null = nobody.</summary>
    public string? PinnedId { get; init; }

    /// <summary>Every source of the whole recording, in order of first appearance: for cells that are never given to another.</summary>
    public IReadOnlyList<StageSource> Everyone { get; init; } = Sources;

    /// <summary>Shared screens.</summary>
    public IEnumerable<StageSource> Screens => Sources.Where(source => source.IsScreenshare);

    /// <summary>Participants.</summary>
    public IEnumerable<StageSource> People => Sources.Where(source => !source.IsScreenshare);

    /// <summary>The person to be seen large: who is pinned or has the floor, else the first with a picture, else the first; null = nobody is there.</summary>
    public StageSource? MainPerson() =>
        People.FirstOrDefault(source => source.ParticipantId == (PinnedId ?? SpeakerId))
        ?? People.FirstOrDefault(source => source.TrackId is not null)
        ?? People.FirstOrDefault();

    /// <summary>The sources, those of who is pinned first.</summary>
    public IEnumerable<StageSource> PinnedFirst() =>
        PinnedId is null ? Sources : Sources.OrderBy(source => source.ParticipantId == PinnedId ? 0 : 1);
}
