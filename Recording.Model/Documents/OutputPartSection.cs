namespace Recording.Model.Documents;

/// <summary>A file that belongs to an output.</summary>
public sealed record OutputPartSection
{
    /// <summary>Relative to the folder of the output's file.</summary>
    public required string Name { get; init; }

    /// <summary>Bytes.</summary>
    public required long Bytes { get; init; }
}
