namespace Recording.Model.Documents;

/// <summary>A file and its hash.</summary>
public sealed record FileHash
{
    /// <summary>Relative to the prefix.</summary>
    public required string File { get; init; }

    /// <summary>Bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>Lower-case hex.</summary>
    public required string Sha256 { get; init; }
}
