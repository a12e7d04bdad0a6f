namespace Recording.Media.TrackFiles;

/// <summary>What a repair found and made.</summary>
public sealed record RepairResult
{
    /// <summary>The repaired file.</summary>
    public required AssemblyResult File { get; init; }

    /// <summary>What of the old file could not be used, the first <see cref="TrackFileReader.MaxDamageEntries"/>.</summary>
    public required IReadOnlyList<Damage> Damage { get; init; }

    /// <summary>Bytes of the old file that could not be used.</summary>
    public required long DamagedBytes { get; init; }

    /// <summary>Whether the old file's header was gone and the given or an empty one stands in its place.</summary>
    public required bool HeaderReplaced { get; init; }

    /// <summary>Blocks that the old file held a second time, left out.</summary>
    public long DuplicateBlocks { get; init; }
}
