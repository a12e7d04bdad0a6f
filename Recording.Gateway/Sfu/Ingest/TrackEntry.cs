namespace Recording.Gateway.Sfu.Ingest;

/// <summary>A track that this process feeds, and what its recording was told of it.</summary>
internal sealed class TrackEntry(TrackIngest ingest)
{
    private long _retryAt;

    public TrackIngest Ingest => ingest;

    /// <summary>A report is on its way.</summary>
    public volatile bool IsReporting;

    /// <summary>The recording knows that packets are coming.</summary>
    public volatile bool IsAnnounced;

    /// <summary>The recording knows that nothing is left in the spool that was found.</summary>
    public volatile bool IsAdoptionSaid;

    /// <summary>The recording has answered that it knows of packets in a spool.</summary>
    public volatile bool IsSpoolAnnounced;

    /// <summary>The recording was told of packets in a spool. It may know although no answer came: then it waits until it hears the end of them.</summary>
    public volatile bool IsSpoolSaid;

    /// <summary>The recording knows that all is stored.</summary>
    public volatile bool IsFinished;

    /// <summary>Not before this timestamp is anything reported again.</summary>
    public long RetryAt
    {
        get => Volatile.Read(ref _retryAt);
        set => Volatile.Write(ref _retryAt, value);
    }
}
