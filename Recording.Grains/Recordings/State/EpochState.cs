namespace Recording.Grains.Recordings.State;

/// <summary>What a gateway said of one session's packets.</summary>
public sealed record EpochState
{
    /// <summary>The session.</summary>
    public required ulong Epoch { get; init; }

    /// <summary>Nothing follows, and all up to <see cref="LastIndex"/> is stored.</summary>
    public bool Drained { get; init; }

    /// <summary>The last index, once drained; kept while what a spool holds twice is brought again.</summary>
    public ulong LastIndex { get; init; }

    /// <summary>Packets of it lie in a gateway's spool.</summary>
    public bool Spooled { get; init; }
}
