namespace Recording.Gateway.Sfu;

/// <summary>Links to SFUs: whom we dial, what we accept, how much is kept.</summary>
public sealed class SfuLinkOptions
{
    /// <summary>SFUs to dial, <c>host:port</c> each; a name with several addresses is one SFU an address. Empty = none is dialled.</summary>
    public IList<string> Endpoints { get; } = [];

    /// <summary>Name of this process in registrations, leases and heartbeats; unique in the cluster.</summary>
    public string ServiceId { get; set; } = $"{Environment.MachineName}-{Guid.NewGuid():N}"[..Math.Min(Environment.MachineName.Length + 9, 48)];

    /// <summary>Shared bearer token (<c>RECORDING_SFU_TOKEN</c>); null or empty = none is sent or asked for.</summary>
    public string? Token { get; set; }

    /// <summary>Dial with TLS.</summary>
    public bool UseTls { get; set; }

    /// <summary>PEM file with the authorities that may have signed an SFU's certificate; null = the system's.</summary>
    public string? CaCertificatePath { get; set; }

    /// <summary>PEM file with our client certificate (mutual TLS); null = none.</summary>
    public string? ClientCertificatePath { get; set; }

    /// <summary>PEM file with its key; null = it is in <see cref="ClientCertificatePath"/>.</summary>
    public string? ClientKeyPath { get; set; }

    /// <summary>Rooms that an SFU may have recorded at once, as it is told at registration (<c>RECORDING_MAX_ROOMS</c>); rooms themselves enforce it.</summary>
    public int MaxConcurrentRooms { get; set; } = 500;

    /// <summary>Rooms known on one link, recorded or not: a bound for memory. An event of one more is answered 2005.</summary>
    public int MaxRooms { get; set; } = 20_000;

    /// <summary>Bytes of packets that are not durable yet, all tracks together (<c>RECORDING_GATEWAY_BUFFER</c>); a track may hold an eighth.</summary>
    public long BufferBytes { get; set; } = 512L << 20;

    /// <summary>Between heartbeats; three periods without any message end a link (1002).</summary>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>After this long an SFU is asked again for what it did not answer.</summary>
    public TimeSpan RepeatInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Between key frames that are asked for without a need, per video SSRC (<c>RECORDING_KEYFRAME_INTERVAL</c>); zero = off.</summary>
    public TimeSpan KeyframeInterval { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>A batch goes to its track when its first packet is this old,</summary>
    public TimeSpan BatchDelay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>or when it has this many bytes.</summary>
    public int BatchBytes { get; set; } = 96 << 10;

    /// <summary>Without <c>track_ended</c>, nothing follows on a track that was silent this long after its end.</summary>
    public TimeSpan QuietPeriod { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a shutdown waits until everything received is stored.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(12);

    /// <summary>How long a shutdown waits for the store when all that is not stored lies in the spool: the next start brings it.</summary>
    public TimeSpan DrainPatience { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>Between renewals of a link's lease.</summary>
    public TimeSpan LeaseInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Between look-ups of a dialled name.</summary>
    public TimeSpan ResolveInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Version in registrations and track headers.</summary>
    public string Version { get; set; } = typeof(SfuLinkOptions).Assembly.GetName().Version?.ToString(3) ?? "1.0.0";

    /// <summary>Bytes that one track may hold.</summary>
    internal long TrackQuota => Math.Max(1, BufferBytes / 8);
}
