namespace Recording.Grains.Recordings.State;

/// <summary>What a gateway said of one session's packets.</summary>
public sealed record EpochState
{
    /// <summary>The session.</summary>
    public required ulong Epoch { get; init; }

    /// <summary>Nothing follows, and all up to <see cref="LastIndex"/> is stored.</summary>
    public bool Drained { get; init; }

    /// <summary>The last index, once drained.</summary>
    public ulong LastIndex { get; init; }
}
