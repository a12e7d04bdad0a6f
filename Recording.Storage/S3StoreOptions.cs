namespace Recording.Storage;

/// <summary>Settings of <see cref="S3ObjectStore"/>; the defaults are the plan's MinIO.</summary>
public sealed class S3StoreOptions
{
    /// <summary>Where the server listens, <c>host</c> or <c>host:port</c>.</summary>
    public string Endpoint { get; set; } = "minio:9100";

    /// <summary>The bucket; made at the first start when it is not there.</summary>
    public string Bucket { get; set; } = "recordings-private";

    /// <summary>Id of the key that signs requests.</summary>
    public string AccessKey { get; set; } = "minioadmin";

    /// <summary>The key's secret.</summary>
    public string SecretKey { get; set; } = "minioadmin123";

    /// <summary>Whether to speak TLS.</summary>
    public bool UseSsl { get; set; }

    /// <summary>Encryption at rest asked for with each write: empty, <c>AES256</c>, <c>aws:kms</c> or <c>aws:kms:KEY</c>.</summary>
    public string ServerSideEncryption { get; set; } = "";

    /// <summary>Region that requests are signed for; servers other than AWS take this one.</summary>
    public string Region { get; set; } = "us-east-1";

    /// <summary>How long one try may take before its answer starts; also how long a read of an open object may stall. A try that carries data gets a second more for each MiB.</summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>How long a call may take with all its tries, after which it fails with 4001. A call that carries data gets two seconds more for each MiB.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>Wait before the second try at most; it doubles with each try up to <see cref="MaxRetryDelay"/>, and half of it is random.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest wait between two tries.</summary>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Bytes of a part of a streamed object, 5 MiB (the protocol's least) or more; a call holds one in memory and sends at most 10,000.</summary>
    public int PartSize { get; set; } = 16 << 20;

    /// <summary>Connections at once.</summary>
    public int MaxConnections { get; set; } = 64;
}
