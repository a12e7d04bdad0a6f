namespace Recording.Grains.Recordings;

/// <summary>Times and limits of recordings.</summary>
public sealed class RecordingsOptions
{
    /// <summary>How long a lost link or a missing end is waited for (RECORDING_SFU_GRACE).</summary>
    public TimeSpan SfuGrace { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a stopped recording waits for what it knows to lie in a spool (RECORDING_SPOOL_WAIT); what turns up after that is added later.</summary>
    public TimeSpan SpoolWait { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How often each index shard deletes what its policy lets go (RECORDING_RETENTION_SWEEP).</summary>
    public TimeSpan RetentionSweep { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Bytes of complete recordings that a room may hold before a new one is refused with 2005 (RECORDING_ROOM_QUOTA); 0 = no limit.</summary>
    public long RoomQuotaBytes { get; set; }

    /// <summary>Silence after which a track of an SFU that announces no ends is over.</summary>
    public TimeSpan SilenceBeforeSeal { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>What waits for the store so long, or came from a gateway within it, holds up the end of a track.</summary>
    public TimeSpan HeldUpAfter { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long beyond the grace a track that is still writing is waited for before its stored segments are taken as they are.</summary>
    public TimeSpan SealWait { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The terminal state comes at least so long after the stop, so that the last events of the room are in the timeline.</summary>
    public TimeSpan ConcludeDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often pending timeline events are stored; under 2 s, so that they are durable within 2 s.</summary>
    public TimeSpan TimelineInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often the grain looks at what is due.</summary>
    public TimeSpan DriveInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The documents of a live recording are written at most this often.</summary>
    public TimeSpan DocumentInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Assemblies that run at once in one silo.</summary>
    public int ConcurrentAssemblies { get; set; } = 2;

    /// <summary>Assemblies that fail on a missing or damaged segment before the track is completed without what cannot be read.</summary>
    public int MissingSegmentAttempts { get; set; } = 5;

    /// <summary>First pause after a failed step; doubled each time.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest pause between attempts.</summary>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an index entry without a recording behind it is kept: the recording may just be being opened.</summary>
    public TimeSpan OrphanAge { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Jobs made for every recording that ends with media, without being asked (RECORDING_OUTPUTS).</summary>
    public IReadOnlyList<StandingJob> StandingJobs { get; set; } = [];

    /// <summary>What a room's policy may name among its outputs, and the job that makes it.</summary>
    public IReadOnlyDictionary<string, StandingJob> JobsByOutput { get; set; } = new Dictionary<string, StandingJob>(StringComparer.Ordinal);

    /// <summary>Version of the service, for the documents.</summary>
    public string ServiceVersion { get; set; } = typeof(RecordingsOptions).Assembly.GetName().Version?.ToString(3) ?? "1.0.0";
}
