namespace Recording.Gateway.Sfu.Hosting;

/// <summary>The links of this process, for health checks and pages.</summary>
public interface ISfuLinkStatus
{
    /// <summary>Keys of the SFUs that are registered now.</summary>
    IReadOnlyList<string> RegisteredLinks { get; }

    /// <summary>Bytes of packets that are not stored yet.</summary>
    long RetainedBytes { get; }

    /// <summary>RTP bytes received since the process began.</summary>
    long ReceivedBytes { get; }

    /// <summary>Recordings that are fed from here.</summary>
    int ActiveRecordings { get; }

    /// <summary>The process is shutting down.</summary>
    bool IsDraining { get; }
}
