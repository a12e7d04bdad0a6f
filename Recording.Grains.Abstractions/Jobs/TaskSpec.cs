namespace Recording.Grains.Abstractions.Jobs;

/// <summary>A task of a job's graph, as the plan task answers it.</summary>
[GenerateSerializer, Immutable, Alias("recording.TaskSpec")]
public sealed record TaskSpec
{
    /// <summary>Unique in the job.</summary>
    [Id(0)] public required string TaskId { get; init; }

    /// <summary>remux, render, join, ...</summary>
    [Id(1)] public required string Kind { get; init; }

    /// <summary>JSON for the worker.</summary>
    [Id(2)] public required string Payload { get; init; }

    /// <summary>Tasks that must be done before.</summary>
    [Id(3)] public string[] DependsOn { get; init; } = [];

    /// <summary>Share of the job's work, for the progress; over 0.</summary>
    [Id(4)] public double Weight { get; init; } = 1;
}
