using System.Diagnostics.Metrics;

namespace Recording.Gateway.Sfu;

/// <summary>Counters of links and ingest. Packets are added up by the caller: nothing here is called once a packet.</summary>
internal sealed class SfuLinkMetrics
{
    private readonly UpDownCounter<int> _links;
    private readonly Counter<long> _packets;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _violations;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _late;
    private readonly Counter<long> _replays;
    private readonly Counter<long> _discarded;
    private readonly Counter<long> _failures;
    private readonly Histogram<double> _append;
    private long _totalBytes;

    public SfuLinkMetrics(IMeterFactory meters, GatewayMemory memory)
    {
        Meter meter = meters.Create("Recording");
        _links = meter.CreateUpDownCounter<int>("recording.links", "{link}", "Links that are registered.");
        _packets = meter.CreateCounter<long>("recording.ingest.packets", "{packet}", "Packets received.");
        _bytes = meter.CreateCounter<long>("recording.ingest.bytes", "By", "RTP bytes received.");
        _violations = meter.CreateCounter<long>("recording.link.violations", "{message}", "Messages that were answered with an error.");
        _refused = meter.CreateCounter<long>("recording.ingest.refused", "{packet}", "Packets that were kept out of the track file.");
        _late = meter.CreateCounter<long>("recording.ingest.late", "{packet}", "Packets that came after their track was sealed, or after a newer link took it.");
        _replays = meter.CreateCounter<long>("recording.ingest.replays", "{request}", "Replays asked of an SFU.");
        _discarded = meter.CreateCounter<long>("recording.ingest.discarded", "{batch}", "Batches left to be replayed.");
        _failures = meter.CreateCounter<long>("recording.gateway.call.failures", "{call}", "Grain calls that failed and are tried again.");
        _append = meter.CreateHistogram<double>("recording.ingest.append.duration", "s", "Time of an Append call.");
        meter.CreateObservableGauge("recording.ingest.retained", () => memory.Used, "By", "Packets in memory that are not stored.");
    }

    /// <summary>RTP bytes received since the process began.</summary>
    public long TotalBytes => Interlocked.Read(ref _totalBytes);

    public void LinkUp(bool dialled) => _links.Add(1, Direction(dialled));

    public void LinkDown(bool dialled) => _links.Add(-1, Direction(dialled));

    public void Received(long packets, long bytes)
    {
        _packets.Add(packets);
        _bytes.Add(bytes);
        Interlocked.Add(ref _totalBytes, bytes);
    }

    public void Violation(string kind, int code) => _violations.Add(1, new("kind", kind), new("code", code));

    public void Refused(string reason) => _refused.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void Late(long packets) => _late.Add(packets);

    public void Replay() => _replays.Add(1);

    public void Discarded() => _discarded.Add(1);

    public void CallFailed(string method) => _failures.Add(1, new KeyValuePair<string, object?>("method", method));

    public void Appended(TimeSpan elapsed) => _append.Record(elapsed.TotalSeconds);

    private static KeyValuePair<string, object?> Direction(bool dialled) => new("direction", dialled ? "dialled" : "attached");
}
