namespace Recording.Grains.Abstractions.Recordings;

/// <summary>A file made from a recording.</summary>
[GenerateSerializer, Immutable, Alias("recording.RecordingOutput")]
public sealed record RecordingOutput
{
    /// <summary>Relative to the prefix: <c>processed/composite.mp4</c>.</summary>
    [Id(0)] public required string File { get; init; }

    /// <summary>composite or track.</summary>
    [Id(1)] public required string Kind { get; init; }

    /// <summary>Bytes.</summary>
    [Id(2)] public required long Bytes { get; init; }

    /// <summary>Seconds, by ffprobe.</summary>
    [Id(3)] public double DurationSeconds { get; init; }

    /// <summary>Of the file, lower-case hex.</summary>
    [Id(4)] public string Sha256 { get; init; } = "";

    /// <summary>The job that made it.</summary>
    [Id(5)] public string JobId { get; init; } = "";
}
