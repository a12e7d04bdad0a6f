using System.Net;
using Microsoft.Extensions.Configuration;
using Recording.Model;
using Recording.Storage;

namespace Recording.Gateway.Configuration;

/// <summary>
/// Every setting of the service (docs/configuration.md), read from environment variables, appsettings.json and the command line under one name,
/// checked together at start.
/// </summary>
public sealed class RecordingSettings
{
    private RecordingSettings(SettingsReader reader, ServiceRole role)
    {
        Role = role;
        ReadNetwork(reader);
        ReadStore(reader);
        ReadCluster(reader);
        ReadCapture(reader);
        ReadProcessing(reader);
        Values = reader.Values;
    }

    /// <summary>What this process does.</summary>
    public ServiceRole Role { get; }

    /// <summary>Port of gRPC: SFUs that dial in, control service, health (cleartext HTTP/2 or TLS).</summary>
    public int GrpcPort { get; private set; }

    /// <summary>Port of HTTP/1.1: metrics, health, Orleans pages.</summary>
    public int HttpPort { get; private set; }

    /// <summary>Address on which gRPC listens.</summary>
    public IPAddress GrpcListen { get; private set; } = IPAddress.Any;

    /// <summary>Address on which HTTP listens; loopback unless tokens are configured.</summary>
    public IPAddress HttpListen { get; private set; } = IPAddress.Loopback;

    /// <summary>SFUs to dial, comma-separated <c>host[:port]</c>; empty = none.</summary>
    public string SfuHost { get; private set; } = "";

    /// <summary>Port of SFUs named without one.</summary>
    public int SfuPort { get; private set; }

    /// <summary>Bearer token shared with the SFUs; empty = none asked.</summary>
    public string SfuToken { get; private set; } = "";

    /// <summary>Dial SFUs over TLS.</summary>
    public bool SfuTls { get; private set; }

    /// <summary>PEM file of the authority that signs the SFUs' certificates; empty = the system's.</summary>
    public string SfuTlsCa { get; private set; } = "";

    /// <summary>PEM files of our client certificate for mutual TLS; empty = none.</summary>
    public string SfuTlsCert { get; private set; } = "";

    /// <summary>Its key.</summary>
    public string SfuTlsKey { get; private set; } = "";

    /// <summary>PEM file of the gRPC server's certificate; empty = cleartext.</summary>
    public string GrpcTlsCert { get; private set; } = "";

    /// <summary>Its key.</summary>
    public string GrpcTlsKey { get; private set; } = "";

    /// <summary>PEM file of the authority that signs SFU client certificates; set = clients must show one.</summary>
    public string GrpcTlsClientCa { get; private set; } = "";

    /// <summary>HS256 secret of the API's tokens; empty = none.</summary>
    public string JwtSecret { get; private set; } = "";

    /// <summary>URL of the key set that signs the API's tokens; empty = none.</summary>
    public string JwksUrl { get; private set; } = "";

    /// <summary>The S3 server that stores; null = the directory.</summary>
    public S3StoreOptions? S3 { get; private set; }

    /// <summary>Directory of the embedded object store.</summary>
    public string DataDirectory { get; private set; } = "";

    /// <summary>Redis for membership and reminders; empty = one silo without Redis.</summary>
    public string RedisHost { get; private set; } = "";

    /// <summary>Its port.</summary>
    public int RedisPort { get; private set; }

    /// <summary>Its password; empty = none.</summary>
    public string RedisPassword { get; private set; } = "";

    /// <summary>Silos and clients with the same value find each other.</summary>
    public string ClusterId { get; private set; } = "";

    /// <summary>Name of the service in reminders; never change it.</summary>
    public string ServiceId { get; private set; } = "";

    /// <summary>Address that other silos use to reach this one.</summary>
    public IPAddress SiloAddress { get; private set; } = IPAddress.Loopback;

    /// <summary>Port between silos.</summary>
    public int SiloPort { get; private set; }

    /// <summary>Port on which silos take Orleans clients.</summary>
    public int SiloClientPort { get; private set; }

    /// <summary>Name of this process in leases, spool folders and logs.</summary>
    public string Instance { get; private set; } = "";

    /// <summary>Rooms recorded at once; 2005 beyond.</summary>
    public int MaxRooms { get; private set; }

    /// <summary>How long a recording waits for a lost link.</summary>
    public TimeSpan SfuGrace { get; private set; }

    /// <summary>How often recordings whose policy lets them go are deleted.</summary>
    public TimeSpan RetentionSweep { get; private set; }

    /// <summary>Bytes of recordings that a room may hold; 2005 beyond; 0 = no limit.</summary>
    public long RoomQuota { get; private set; }

    /// <summary>Period of heartbeats; three without any message end a link.</summary>
    public TimeSpan HeartbeatInterval { get; private set; }

    /// <summary>Period of key frame requests a video SSRC; 0 = off.</summary>
    public TimeSpan KeyframeInterval { get; private set; }

    /// <summary>Memory for packets that are not stored yet, in bytes.</summary>
    public long GatewayBuffer { get; private set; }

    /// <summary>Folder of packets that are neither stored nor in memory; null = none.</summary>
    public string? SpoolDirectory { get; private set; }

    /// <summary>Nobody set that folder: where it cannot be made there is no spool.</summary>
    public bool IsSpoolDefault { get; private set; }

    /// <summary>Bytes on disk at most.</summary>
    public long SpoolBytes { get; private set; }

    /// <summary>Bytes of that disk that stay free.</summary>
    public long SpoolReserve { get; private set; }

    /// <summary>A packet that is not stored after this long goes to disk.</summary>
    public TimeSpan SpoolAfter { get; private set; }

    /// <summary>How long a stopped recording waits for packets in a spool that is out.</summary>
    public TimeSpan SpoolWait { get; private set; }

    /// <summary>A segment is written when this time has gathered.</summary>
    public TimeSpan SegmentInterval { get; private set; }

    /// <summary>A segment is written when so many bytes have gathered.</summary>
    public long SegmentBytes { get; private set; }

    /// <summary>FFmpeg tasks at once in this process.</summary>
    public int ProcessorWorkers { get; private set; }

    /// <summary>Folder for intermediate files; empty = the system's.</summary>
    public string ScratchDirectory { get; private set; } = "";

    /// <summary>No task is begun while work of ordinary priority uses more of the machine's CPUs, percent; 100 = never mind.</summary>
    public int ProcessorMaxCpu { get; private set; }

    /// <summary>No task is begun while less memory is free, bytes; 0 = never mind.</summary>
    public long ProcessorMinMemory { get; private set; }

    /// <summary>Address of a transcriber (the <c>/v1/audio/transcriptions</c> form); null = none.</summary>
    public Uri? TranscriberUrl { get; private set; }

    /// <summary>Its bearer token; empty = none.</summary>
    public string TranscriberKey { get; private set; } = "";

    /// <summary>Its model.</summary>
    public string TranscriberModel { get; private set; } = "";

    /// <summary>How long it may take over one piece of sound.</summary>
    public TimeSpan TranscriberTimeout { get; private set; }

    /// <summary>What is made of every recording that ends, without being asked: report, composite, tracks, transcript.</summary>
    public IReadOnlyList<string> Outputs { get; private set; } = [];

    /// <summary>A worker that gives no sign for so long has lost its task.</summary>
    public TimeSpan JobLease { get; private set; }

    /// <summary>Wait before the second attempt at a task; doubled before each further one.</summary>
    public TimeSpan JobBackoff { get; private set; }

    /// <summary>Attempts at a task, the first included.</summary>
    public int JobAttempts { get; private set; }

    /// <summary>trace, debug, info, warn or error.</summary>
    public string LogLevel { get; private set; } = "";

    /// <summary>json or text.</summary>
    public string LogFormat { get; private set; } = "";

    /// <summary>OTLP collector; empty = none.</summary>
    public string OtlpEndpoint { get; private set; } = "";

    /// <summary>Whether API callers show tokens.</summary>
    public bool HasApiTokens => JwtSecret.Length > 0 || JwksUrl.Length > 0;

    /// <summary>Every setting as it is in force, secrets masked.</summary>
    public IReadOnlyList<SettingValue> Values { get; }

    /// <summary>Reads and checks all settings.</summary>
    /// <exception cref="SettingsException">Lists every problem.</exception>
    public static RecordingSettings Load(IConfiguration configuration, ServiceRole? fixedRole = null)
    {
        var reader = new SettingsReader(configuration);
        ServiceRole role = fixedRole ?? reader.Choice("RECORDING_ROLE", "all", "all", "recorder", "processor") switch
        {
            "recorder" => ServiceRole.Recorder,
            "processor" => ServiceRole.Processor,
            _ => ServiceRole.All,
        };
        var settings = new RecordingSettings(reader, role);
        return reader.Problems.Count == 0 ? settings : throw new SettingsException(reader.Problems);
    }

    /// <summary>What is in force, in three lines, for the log at start.</summary>
    public IReadOnlyList<string> Summary() =>
    [
        $"Role {Role.ToString().ToLowerInvariant()}, instance {Instance}: gRPC {GrpcListen}:{GrpcPort}{(GrpcTlsCert.Length > 0 ? " (TLS)" : "")}, HTTP {HttpListen}:{HttpPort}, "
            + (SfuHost.Length > 0 ? $"dialling {SfuHost}" : "dialling no SFU"),
        $"Store: {(S3 is null ? $"directory {Path.GetFullPath(DataDirectory)}" : $"bucket {S3.Bucket} at {(S3.UseSsl ? "https" : "http")}://{S3.Endpoint}")}; cluster: {(RedisHost.Length > 0 ? $"Redis {RedisHost}:{RedisPort}, {ClusterId}" : "this process alone")}",
        $"API: {(HasApiTokens ? "tokens required" : SfuToken.Length > 0 ? "SFU token required" : "loopback callers only, no token configured")}; "
            + $"workers {ProcessorWorkers}; logs {LogLevel}/{LogFormat}",
    ];

    private static int DefaultWorkers(ServiceRole role) => role is ServiceRole.All or ServiceRole.Processor ? 2 : 0;

    private void ReadNetwork(SettingsReader reader)
    {
        GrpcPort = reader.Integer("RECORDING_GRPC_PORT", 50054, 0, 65535);
        HttpPort = reader.Integer("RECORDING_HTTP_PORT", 8080, 0, 65535);
        GrpcListen = reader.Address("RECORDING_GRPC_LISTEN", IPAddress.Any);
        SfuHost = reader.Text("RECORDING_SFU_HOST", "");
        SfuPort = reader.Integer("RECORDING_SFU_PORT", 50055, 1, 65535);
        SfuToken = reader.Text("RECORDING_SFU_TOKEN", "", secret: true);
        SfuTls = reader.Flag("RECORDING_SFU_TLS", false);
        SfuTlsCa = reader.ExistingFile("RECORDING_SFU_TLS_CA");
        SfuTlsCert = reader.ExistingFile("RECORDING_SFU_TLS_CERT");
        SfuTlsKey = reader.ExistingFile("RECORDING_SFU_TLS_KEY");
        GrpcTlsCert = reader.ExistingFile("RECORDING_GRPC_TLS_CERT");
        GrpcTlsKey = reader.ExistingFile("RECORDING_GRPC_TLS_KEY");
        GrpcTlsClientCa = reader.ExistingFile("RECORDING_GRPC_TLS_CLIENT_CA");
        JwtSecret = reader.Text("RECORDING_JWT_SECRET", "", secret: true);
        JwksUrl = reader.Text("RECORDING_JWKS_URL", "");
        HttpListen = reader.Address("RECORDING_HTTP_LISTEN", HasApiTokens ? IPAddress.Any : IPAddress.Loopback);
        RequirePair(reader, "RECORDING_SFU_TLS_CERT", SfuTlsCert, "RECORDING_SFU_TLS_KEY", SfuTlsKey);
        RequirePair(reader, "RECORDING_GRPC_TLS_CERT", GrpcTlsCert, "RECORDING_GRPC_TLS_KEY", GrpcTlsKey);
        if (GrpcTlsClientCa.Length > 0 && GrpcTlsCert.Length == 0)
        {
            reader.Problems.Add("RECORDING_GRPC_TLS_CLIENT_CA needs RECORDING_GRPC_TLS_CERT: client certificates exist only over TLS.");
        }

        if (JwtSecret.Length is > 0 and < 32)
        {
            reader.Problems.Add($"RECORDING_JWT_SECRET has {JwtSecret.Length} characters; HS256 needs at least 32 (RFC 7518 section 3.2).");
        }

        if (JwksUrl.Length > 0 && !(Uri.TryCreate(JwksUrl, UriKind.Absolute, out Uri? jwks) && jwks.Scheme is "http" or "https"))
        {
            reader.Problems.Add($"RECORDING_JWKS_URL is '{JwksUrl}'; it must be an absolute http or https URL.");
        }
    }

    private static void RequirePair(SettingsReader reader, string certName, string cert, string keyName, string key)
    {
        if (cert.Length > 0 != key.Length > 0)
        {
            reader.Problems.Add($"{certName} and {keyName} must be set together.");
        }
    }

    private void ReadStore(SettingsReader reader)
    {
        DataDirectory = reader.Text("RECORDING_DATA", "./data");
        S3 = S3Settings.Read(reader, Role);
    }

    private void ReadCluster(SettingsReader reader)
    {
        bool processor = Role == ServiceRole.Processor;
        bool clustered = reader.AnySet("RECORDING_REDIS_HOST", "RECORDING_REDIS_PORT", "PROCESSOR_REDIS_HOST", "PROCESSOR_REDIS_PORT");
        RedisHost = reader.Text("RECORDING_REDIS_HOST", clustered ? "127.0.0.1" : "");
        RedisPort = reader.Integer("RECORDING_REDIS_PORT", 6379, 1, 65535);
        if (processor && reader.AnySet("PROCESSOR_REDIS_HOST", "PROCESSOR_REDIS_PORT"))
        {
            RedisHost = reader.Text("PROCESSOR_REDIS_HOST", RedisHost);
            RedisPort = reader.Integer("PROCESSOR_REDIS_PORT", RedisPort, 1, 65535);
        }

        RedisPassword = reader.Text("RECORDING_REDIS_PASSWORD", "", secret: true);
        ClusterId = reader.Text("RECORDING_CLUSTER_ID", "recording");
        ServiceId = reader.Text("RECORDING_SERVICE_ID", "recording");
        SiloAddress = reader.Address("RECORDING_SILO_ADDRESS", IPAddress.Loopback);
        SiloPort = reader.Integer("RECORDING_SILO_PORT", clustered ? 11111 : 0, 0, 65535);
        SiloClientPort = reader.Integer("RECORDING_SILO_CLIENT_PORT", clustered ? 30000 : 0, 0, 65535);
        Instance = reader.Text("RECORDING_INSTANCE", Environment.MachineName);
        if (RedisHost.Length == 0 && Role is ServiceRole.Gateway or ServiceRole.Processor)
        {
            reader.Problems.Add($"The {Role.ToString().ToLowerInvariant()} finds its silos through Redis: set RECORDING_REDIS_HOST.");
        }
    }

    private void ReadCapture(SettingsReader reader)
    {
        MaxRooms = reader.Integer("RECORDING_MAX_ROOMS", 500, 1, 100_000);
        SfuGrace = reader.Duration("RECORDING_SFU_GRACE", TimeSpan.FromSeconds(60), TimeSpan.Zero, TimeSpan.FromDays(1));
        RetentionSweep = reader.Duration("RECORDING_RETENTION_SWEEP", TimeSpan.FromDays(1), TimeSpan.FromSeconds(1), TimeSpan.FromDays(7));
        RoomQuota = reader.Bytes("RECORDING_ROOM_QUOTA", 0, 0, 1L << 50);
        HeartbeatInterval = reader.Duration("RECORDING_HEARTBEAT_INTERVAL", TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(200), TimeSpan.FromMinutes(1));
        KeyframeInterval = reader.Duration("RECORDING_KEYFRAME_INTERVAL", TimeSpan.FromSeconds(20), TimeSpan.Zero, TimeSpan.FromHours(1));
        GatewayBuffer = reader.Bytes("RECORDING_GATEWAY_BUFFER", 512L << 20, 16L << 20, 1L << 40);
        IsSpoolDefault = !reader.AnySet("RECORDING_SPOOL");
        SpoolDirectory = reader.Text("RECORDING_SPOOL", "/recordings") is var spool && spool != "none" ? spool : null;
        SpoolBytes = reader.Bytes("RECORDING_SPOOL_BYTES", 20L << 30, 1L << 20, 1L << 50);
        SpoolReserve = reader.Bytes("RECORDING_SPOOL_RESERVE", 1L << 30, 0, 1L << 50);
        SpoolAfter = reader.Duration("RECORDING_SPOOL_AFTER", TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
        SpoolWait = reader.Duration("RECORDING_SPOOL_WAIT", TimeSpan.FromHours(1), TimeSpan.Zero, TimeSpan.FromDays(30));
        SegmentInterval = reader.Duration("RECORDING_SEGMENT_INTERVAL", TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
        SegmentBytes = reader.Bytes("RECORDING_SEGMENT_BYTES", 1L << 20, 64L << 10, 64L << 20);
    }

    private void ReadOutputs(SettingsReader reader)
    {
        string url = reader.Text("RECORDING_TRANSCRIBER_URL", "");
        TranscriberKey = reader.Text("RECORDING_TRANSCRIBER_KEY", "", secret: true);
        TranscriberModel = reader.Text("RECORDING_TRANSCRIBER_MODEL", "whisper-1");
        TranscriberTimeout = reader.Duration("RECORDING_TRANSCRIBER_TIMEOUT", TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        if (url.Length > 0)
        {
            if (Uri.TryCreate(url, UriKind.Absolute, out Uri? transcriber) && transcriber.Scheme is "http" or "https")
            {
                TranscriberUrl = transcriber;
            }
            else
            {
                reader.Problems.Add($"RECORDING_TRANSCRIBER_URL is '{url}'; it must be an absolute http or https URL.");
            }
        }

        string outputs = reader.Text("RECORDING_OUTPUTS", "report").ToLowerInvariant();
        Outputs = outputs == "none" ? [] : [.. outputs.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct(StringComparer.Ordinal)];
        foreach (string output in Outputs.Where(static output => !OutputNames.IsKnown(output)))
        {
            reader.Problems.Add($"RECORDING_OUTPUTS names '{output}'; it must be none, or some of {string.Join(", ", OutputNames.All)}, separated by commas.");
        }

        if (Outputs.Contains(OutputNames.Transcript, StringComparer.Ordinal) && url.Length == 0)
        {
            reader.Problems.Add("RECORDING_OUTPUTS names transcript: it needs RECORDING_TRANSCRIBER_URL.");
        }
    }

    private void ReadProcessing(SettingsReader reader)
    {
        ProcessorWorkers = reader.Integer("PROCESSOR_WORKERS", DefaultWorkers(Role), 0, 64);
        ScratchDirectory = reader.Text("PROCESSOR_SCRATCH", "");
        ReadOutputs(reader);
        ProcessorMaxCpu = reader.Integer("PROCESSOR_MAX_CPU", 90, 1, 100);
        ProcessorMinMemory = reader.Bytes("PROCESSOR_MIN_MEMORY", 256L << 20, 0, 1L << 40);
        JobLease = reader.Duration("RECORDING_JOB_LEASE", TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(10));
        JobBackoff = reader.Duration("RECORDING_JOB_BACKOFF", TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1));
        JobAttempts = reader.Integer("RECORDING_JOB_ATTEMPTS", 3, 1, 20);
        LogLevel = reader.Choice("RECORDING_LOG_LEVEL", "info", "trace", "debug", "info", "warn", "error");
        LogFormat = reader.Choice("RECORDING_LOG_FORMAT", "json", "json", "text");
        OtlpEndpoint = reader.Text("OTEL_EXPORTER_OTLP_ENDPOINT", "");
    }
}
