using System.Diagnostics.Metrics;

namespace Recording.Gateway.Sfu.Spool;

/// <summary>Counters of the spool.</summary>
internal sealed class SpoolMetrics
{
    private readonly Counter<long> _written;
    private readonly Counter<long> _replayed;
    private readonly Counter<long> _adopted;
    private readonly Counter<long> _damaged;
    private readonly Counter<long> _failures;
    private readonly Histogram<double> _flush;
    private readonly Meter _meter;
    private long _flushes;

    public SpoolMetrics(IMeterFactory meters)
    {
        _meter = meters.Create("Recording");
        _written = _meter.CreateCounter<long>("recording.spool.written", "By", "Bytes written to the spool.");
        _replayed = _meter.CreateCounter<long>("recording.spool.replayed", "By", "Bytes of packets read from the spool and handed to their track.");
        _adopted = _meter.CreateCounter<long>("recording.spool.adopted", "{batch}", "Batches found in folders of processes that are gone.");
        _damaged = _meter.CreateCounter<long>("recording.spool.damaged", "{record}", "Records that are not what was written; their files are kept aside.");
        _failures = _meter.CreateCounter<long>("recording.spool.failures", "{attempt}", "Writes that the disk did not take.");
        _flush = _meter.CreateHistogram<double>("recording.spool.flush.duration", "s", "Time of a flush to disk.");
    }

    /// <summary>Flushes so far.</summary>
    public long Flushes => Interlocked.Read(ref _flushes);

    public void Watch(PacketSpool spool)
    {
        _meter.CreateObservableGauge("recording.spool.bytes", () => spool.Bytes, "By", "Bytes of the spool on disk.");
        _meter.CreateObservableGauge("recording.spool.tracks", () => spool.Tracks, "{track}", "Tracks with packets in the spool.");
        _meter.CreateObservableGauge("recording.spool.age", () => spool.OldestAge.TotalSeconds, "s", "Age of the oldest file of the spool.");
        _meter.CreateObservableGauge("recording.spool.blocked", () => spool.State == SpoolState.Taking ? 0 : 1, "", "1 while the spool takes nothing (4002).");
    }

    public void Written(long bytes) => _written.Add(bytes);

    public void Replayed(long bytes) => _replayed.Add(bytes);

    public void Adopted(long batches) => _adopted.Add(batches);

    public void Damaged(long records) => _damaged.Add(records);

    public void Failed() => _failures.Add(1);

    public void Flushed(TimeSpan elapsed)
    {
        Interlocked.Increment(ref _flushes);
        _flush.Record(elapsed.TotalSeconds);
    }
}
