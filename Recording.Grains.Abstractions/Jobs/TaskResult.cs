using Recording.Grains.Abstractions.Recordings;

namespace Recording.Grains.Abstractions.Jobs;

/// <summary>What a task made.</summary>
[GenerateSerializer, Immutable, Alias("recording.TaskResult")]
public sealed record TaskResult
{
    /// <summary>Further tasks (from plan).</summary>
    [Id(0)] public TaskSpec[] Tasks { get; init; } = [];

    /// <summary>Published files.</summary>
    [Id(1)] public RecordingOutput[] Outputs { get; init; } = [];

    /// <summary>Tracks that nothing could be made of.</summary>
    [Id(2)] public JobSkippedTrack[] Skipped { get; init; } = [];
}
