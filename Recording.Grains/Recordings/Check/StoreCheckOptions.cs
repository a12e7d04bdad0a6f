namespace Recording.Grains.Recordings.Check;

/// <summary>What a check may do besides looking.</summary>
public sealed record StoreCheckOptions
{
    /// <summary>Mend what can be mended without losing anything.</summary>
    public bool Repair { get; init; }

    /// <summary>Remove what belongs to no recording, and uploads that were never ended.</summary>
    public bool RemoveOrphans { get; init; }

    /// <summary>Younger things may belong to what is just beginning: they are left alone and not reported as orphans.</summary>
    public TimeSpan MinimumAge { get; init; } = TimeSpan.FromHours(1);
}
