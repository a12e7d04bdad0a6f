namespace Recording.Grains.Abstractions.Jobs;

/// <summary>What a job is asked to do. The job id is a hash of recording and spec.</summary>
[GenerateSerializer, Immutable, Alias("recording.JobSpec")]
public sealed record JobSpec
{
    /// <summary>The recording.</summary>
    [Id(0)] public required string RecordingId { get; init; }

    /// <summary>Its key prefix, with a trailing slash.</summary>
    [Id(1)] public required string Prefix { get; init; }

    /// <summary>compose, remux, report or transcript.</summary>
    [Id(2)] public required string Kind { get; init; }

    /// <summary>JSON that the worker understands (layout, size, format).</summary>
    [Id(3)] public required string Parameters { get; init; }

    /// <summary>Higher first, -100..100; 0 = ordinary.</summary>
    [Id(4)] public int Priority { get; init; }

    /// <summary>Who asked.</summary>
    [Id(5)] public string RequesterId { get; init; } = "";
}
