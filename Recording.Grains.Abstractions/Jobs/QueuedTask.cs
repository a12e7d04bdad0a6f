namespace Recording.Grains.Abstractions.Jobs;

/// <summary>A task in the queue.</summary>
[GenerateSerializer, Immutable, Alias("recording.QueuedTask")]
public sealed record QueuedTask
{
    /// <summary>The job.</summary>
    [Id(0)] public required string JobId { get; init; }

    /// <summary>Unique in the job.</summary>
    [Id(1)] public required string TaskId { get; init; }

    /// <summary>plan, remux, render, join, ...</summary>
    [Id(2)] public required string Kind { get; init; }

    /// <summary>JSON for the worker.</summary>
    [Id(3)] public required string Payload { get; init; }

    /// <summary>The job's spec.</summary>
    [Id(4)] public required JobSpec Spec { get; init; }

    /// <summary>1, 2 or 3.</summary>
    [Id(5)] public int Attempt { get; init; } = 1;

    /// <summary>Not before this time, µs since 1970 (backoff).</summary>
    [Id(6)] public long NotBeforeUs { get; init; }

    /// <summary>When the job was created, µs since 1970.</summary>
    [Id(7)] public long CreatedAtUs { get; init; }
}
