using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Recording.Simulator.Sfu;

/// <summary>How a simulated SFU behaves on the wire.</summary>
public sealed record SimulatedSfuOptions
{
    /// <summary>The SFU's name.</summary>
    public string SfuId { get; init; } = "sim-1";

    /// <summary>Epoch of packets and events; null = random, as a new process would choose.</summary>
    public ulong? SessionId { get; init; }

    /// <summary>Only the plan's messages and fields: no extension is announced or sent.</summary>
    public bool PlanOnly { get; init; }

    /// <summary>Extensions that are announced; only those that the recorder announces too are used. None with <see cref="PlanOnly"/>.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = SfuCapabilities.All;

    /// <summary>The SFU names recordings itself (in its start responses), as an SFU built from the plan does; null = with <see cref="PlanOnly"/> only.</summary>
    public bool? NamesRecordings { get; init; }

    /// <summary>Where a server listens; port 0 = a free one.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>Bearer token: demanded as a server, sent as a client; null = none.</summary>
    public string? Token { get; init; }

    /// <summary>Own certificate with its key: makes a server speak TLS, and is a client's certificate.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>The authority that the other side's certificate must come from; as a server, asks for client certificates.</summary>
    public X509Certificate2? Authority { get; init; }

    /// <summary>Media seconds per second; 1 = real time, <see cref="double.PositiveInfinity"/> = as fast as the receiver takes it.</summary>
    /// <remarks>At infinite speed all peers join at once and pauses and speakers are left out: a track sends as much media as its plan holds, from its subscription on.</remarks>
    public double Speed { get; init; } = 1;

    /// <summary>A track's media starts when it is subscribed instead of with the room: then a seed gives the same ledger in every run.</summary>
    public bool MediaWaitsForSubscription { get; init; }

    /// <summary>RTP bytes that are kept for each track until acknowledged.</summary>
    public long RingBytes { get; init; } = 32 << 20;

    /// <summary>Seconds that are kept for each track until acknowledged.</summary>
    public TimeSpan RingAge { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>A batch is sent when its oldest packet has waited this long.</summary>
    public TimeSpan BatchInterval { get; init; } = TimeSpan.FromMilliseconds(40);

    /// <summary>A batch is sent when it holds this many bytes, 1 KiB..64 KiB.</summary>
    public int BatchBytes { get; init; } = 16 * 1024;

    /// <summary>Bytes beyond the durable index that are sent before the first acknowledgement names a window.</summary>
    public long FirstWindowBytes { get; init; } = 1 << 20;

    /// <summary>Bytes that may wait in one link before tracks are held back.</summary>
    public long LinkBufferBytes { get; init; } = 4 << 20;

    /// <summary>What was sent; null = not noted. The SFU flushes it, its owner closes it.</summary>
    public LedgerWriter? Ledger { get; init; }

    /// <summary>First wait before a client dials again; doubled up to <see cref="MaxReconnectDelay"/>.</summary>
    public TimeSpan ReconnectDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Longest wait before a client dials again.</summary>
    public TimeSpan MaxReconnectDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Where generated media is kept; null = a folder below the system's temporary one.</summary>
    public string? MediaCache { get; init; }

    /// <summary>Extensions that this SFU announces.</summary>
    internal IReadOnlyList<string> Announced => PlanOnly ? [] : Capabilities;

    /// <summary>Whether start responses carry an id.</summary>
    internal bool AnswersOwnId => NamesRecordings ?? PlanOnly;

    /// <summary>Whether media is not paced.</summary>
    internal bool Unpaced => double.IsPositiveInfinity(Speed);
}
