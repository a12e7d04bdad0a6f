using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Abstractions.Rooms;

namespace Recording.Grains.Abstractions.Jobs;

/// <summary>A job for whoever looks at it.</summary>
[GenerateSerializer, Immutable, Alias("recording.JobView")]
public sealed record JobView
{
    /// <summary>The job.</summary>
    [Id(0)] public required string JobId { get; init; }

    /// <summary>Its recording.</summary>
    [Id(1)] public required string RecordingId { get; init; }

    /// <summary>Its status.</summary>
    [Id(2)] public required JobStatus Status { get; init; }

    /// <summary>0..100.</summary>
    [Id(3)] public double ProgressPercent { get; init; }

    /// <summary>Estimate; null = not known.</summary>
    [Id(4)] public double? SecondsLeft { get; init; }

    /// <summary>Files made.</summary>
    [Id(5)] public RecordingOutput[] Outputs { get; init; } = [];

    /// <summary>Tracks that nothing could be made of; a job can be completed all the same.</summary>
    [Id(13)] public JobSkippedTrack[] Skipped { get; init; } = [];

    /// <summary>Why it failed.</summary>
    [Id(6)] public RecordingFailure? Failure { get; init; }

    /// <summary>Why it does not go on, for a person; empty = it does, or is over. The job itself does not know: who shows it asks the queue.</summary>
    [Id(14)] public string WaitsFor { get; init; } = "";

    /// <summary>compose, remux, report or transcript.</summary>
    [Id(8)] public string Kind { get; init; } = "";

    /// <summary>Tasks that are done.</summary>
    [Id(9)] public int TasksDone { get; init; }

    /// <summary>Tasks known so far: 1 until the plan is there.</summary>
    [Id(10)] public int TasksTotal { get; init; }

    /// <summary>When it was created, µs since 1970.</summary>
    [Id(11)] public long CreatedAtUs { get; init; }

    /// <summary>Higher first; 0 = ordinary.</summary>
    [Id(12)] public int Priority { get; init; }

    /// <summary>With a failure: the last lines of the tool's stderr; empty = no tool was at fault.</summary>
    [Id(7)] public string FailureLog { get; init; } = "";
}
