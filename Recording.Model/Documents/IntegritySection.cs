namespace Recording.Model.Documents;

/// <summary>Hashes of the files of a recording.</summary>
public sealed record IntegritySection
{
    /// <summary>Every file that is complete, but metadata.json, which cannot hold its own hash; ordered by name.</summary>
    public IReadOnlyList<FileHash> Files { get; init => field = value ?? []; } = [];
}
