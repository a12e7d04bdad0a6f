namespace Recording.PostProcessing.Layout;

/// <summary>What there is to show at one moment.</summary>
/// <param name="Sources">Shared screens first, then participants in the order they get their tiles.</param>
/// <param name="SpeakerId">Who has the floor; null = nobody, or the layout does not ask.</param>
public sealed record Stage(IReadOnlyList<StageSource> Sources, string? SpeakerId = null);
