namespace Recording.Grains.Tracks;

/// <summary>How tracks become segments. Sizes in bytes.</summary>
public sealed class TrackOptions
{
    /// <summary>A segment is written when its first packet is this old.</summary>
    public TimeSpan SegmentInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How far the interval stretches while the store or this process cannot keep up with the Puts.</summary>
    public TimeSpan MaxSegmentInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>A segment is written when it has gathered this much.</summary>
    public int SegmentBytes { get; set; } = 1 << 20;

    /// <summary>Segments of one track on their way to the store before new ones wait to be full: an outage must not end in a heap of tiny Puts.</summary>
    public int MaxPendingSegments { get; set; } = 4;

    /// <summary>What one track may hold that is not stored; beyond it Append is refused with window 0.</summary>
    public int WindowBytes { get; set; } = 8 << 20;

    /// <summary>A larger batch is malformed; gateways send up to 112 KiB.</summary>
    public int MaxBatchBytes { get; set; } = 128 << 10;

    /// <summary>Contiguous small segments are merged when they have this size together; 0 = never.</summary>
    public int RollUpBytes { get; set; } = 8 << 20;

    /// <summary>Segments as large as this are left as they are: merging them would write every byte twice and save few objects.</summary>
    public int RollUpPartBytes { get; set; } = 256 << 10;

    /// <summary>Merges that run at once in the silo.</summary>
    public int RollUpConcurrency { get; set; } = 1;

    /// <summary>Puts that run at once in the silo.</summary>
    public int UploadConcurrency { get; set; } = 16;

    /// <summary>A Put longer than this is given up and tried again.</summary>
    public TimeSpan UploadTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Wait before the second attempt; doubles with each failure, with jitter.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest wait between attempts.</summary>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Puts a second above which the segment interval stretches; one Put costs about 2 ms of CPU.</summary>
    public int TargetPutsPerSecond { get; set; } = 50;

    /// <summary>Wait for a free upload slot above which the segment interval stretches.</summary>
    public TimeSpan TargetQueueWait { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long the listing that confirms stored segments may take; until then no hole is taken for a loss.</summary>
    public TimeSpan ConfirmTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether a segment of this many bytes may be merged with others later.</summary>
    internal bool IsMergeable(int length) => RollUpBytes > 0 && length < Math.Min(RollUpBytes, RollUpPartBytes);

    /// <summary>How long a leaving activation waits for its last Puts; what is not stored then is still held by the gateway.</summary>
    public TimeSpan FlushTimeout { get; set; } = TimeSpan.FromSeconds(10);
}
