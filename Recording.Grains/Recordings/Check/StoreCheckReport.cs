namespace Recording.Grains.Recordings.Check;

/// <summary>What a check found and did.</summary>
public sealed record StoreCheckReport
{
    /// <summary>Recordings that have a state.</summary>
    public int Recordings { get; init; }

    /// <summary>Those that are not finished.</summary>
    public int Unfinished { get; init; }

    /// <summary>Those that were deleted.</summary>
    public int Deleted { get; init; }

    /// <summary>Objects that were looked at.</summary>
    public long Objects { get; init; }

    /// <summary>What was found, in order of discovery.</summary>
    public IReadOnlyList<StoreFinding> Findings { get; init; } = [];

    /// <summary>Faults that are still there.</summary>
    public int FaultsLeft => Findings.Count(static f => f is { IsFault: true, IsMended: false });
}
