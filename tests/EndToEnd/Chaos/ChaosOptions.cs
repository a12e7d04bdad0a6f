namespace Recording.EndToEnd.Chaos;

/// <summary>What a run of the chaos suite does.</summary>
public sealed record ChaosOptions
{
    /// <summary>Faults, at least 1.</summary>
    public required int Faults { get; init; }

    /// <summary>Decides the schedule and the rooms.</summary>
    public required int Seed { get; init; }

    /// <summary>Two gateways, two silos, Redis and an S3 server; else one process on a directory.</summary>
    public bool Cluster { get; init; }

    /// <summary>SFUs that know only the plan's messages, and only faults after which their gateway lives on with its links.</summary>
    public bool PlanOnly { get; init; }

    /// <summary>Kinds of faults, of those that the system can meet; null = all of them.</summary>
    public IReadOnlyList<FaultKind>? Kinds { get; init; }

    /// <summary>Shortest length of a room's media; the longest is twice that.</summary>
    public TimeSpan ShortestRoom { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>How long the service waits for an SFU, at most <c>24h</c>. Longer than the run waits: what ends only because the grace is over has not ended.</summary>
    public string Grace { get; init; } = "10m";

    /// <summary>What any process of the service may hold, bytes (docs/testing.md says why so much).</summary>
    public long MemoryBound { get; init; } = 600L << 20;

    /// <summary>Where logs and the store's copy are kept; null = nowhere.</summary>
    public string? KeepIn { get; init; }

    /// <summary>Told what happens, a line at a time.</summary>
    public Action<string> Log { get; init; } = static _ => { };
}
