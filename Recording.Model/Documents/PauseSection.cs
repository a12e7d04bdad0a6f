namespace Recording.Model.Documents;

/// <summary>A stretch in which nothing was stored on purpose.</summary>
public sealed record PauseSection
{
    /// <summary>ms since the timeline's origin.</summary>
    public required long T { get; init; }

    /// <summary>How long; null = to the end.</summary>
    public long? DurationMs { get; init; }

    /// <summary>producer, recording or policy.</summary>
    public required string By { get; init; }
}
