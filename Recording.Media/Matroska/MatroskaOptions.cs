namespace Recording.Media.Matroska;

/// <summary>What a Matroska file says about itself, and how it is cut.</summary>
public sealed record MatroskaOptions
{
    /// <summary>Wall-clock time of timestamp 0; not written when null.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>Title; not written when empty.</summary>
    public string Title { get; init; } = "";

    /// <summary>Writes nothing that must be patched later, even when the stream could seek.</summary>
    public bool Live { get; init; }

    /// <summary>A cluster is closed after so much time; at most 30 s, because block times in it have 16 bits.</summary>
    public TimeSpan ClusterDuration { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A cluster is closed after so many bytes.</summary>
    public int ClusterBytes { get; init; } = 2 << 20;
}
