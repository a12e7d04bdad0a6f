namespace Recording.PostProcessing.Outputs;

/// <summary>What a task of a composition made.</summary>
/// <param name="Tasks">Further tasks, from plan.</param>
/// <param name="Outputs">Files published.</param>
public sealed record TaskProducts(IReadOnlyList<PlannedTask> Tasks, IReadOnlyList<PublishedFile> Outputs)
{
    /// <summary>Tracks that nothing can be made of.</summary>
    public IReadOnlyList<SkippedTrack> Skipped { get; init; } = [];

    /// <summary>Only files for other tasks.</summary>
    public static TaskProducts None { get; } = new([], []);
}
