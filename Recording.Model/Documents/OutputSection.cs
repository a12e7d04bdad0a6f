namespace Recording.Model.Documents;

/// <summary>A file made from the recording.</summary>
public sealed record OutputSection
{
    /// <summary>Relative to the prefix.</summary>
    public required string File { get; init; }

    /// <summary>composite or track.</summary>
    public required string Kind { get; init; }

    /// <summary>Bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>Seconds.</summary>
    public double DurationSeconds { get; init; }

    /// <summary>Lower-case hex; null = not known.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The job that made it; null = not known.</summary>
    public string? JobId { get; init; }

    /// <summary>The other files of a package; their hashes are in the integrity section. Null = it is one file.</summary>
    public IReadOnlyList<OutputPartSection>? Parts { get; init; }
}
