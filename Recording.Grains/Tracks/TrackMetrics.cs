using System.Diagnostics.Metrics;

namespace Recording.Grains.Tracks;

/// <summary>What a silo measures of its tracks and their way to the store.</summary>
internal sealed class TrackMetrics : IDisposable
{
    private readonly Meter _meter = new("Recording");
    private readonly Counter<long> _puts;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _failures;
    private readonly Histogram<double> _duration;
    private readonly UpDownCounter<int> _pending;
    private readonly Counter<long> _rollUps;
    private readonly Counter<long> _malformed;
    private readonly Counter<long> _late;

    public TrackMetrics()
    {
        _puts = _meter.CreateCounter<long>("recording.segment.puts", "{put}", "Segments stored.");
        _bytes = _meter.CreateCounter<long>("recording.segment.bytes", "By", "Bytes of segments stored.");
        _failures = _meter.CreateCounter<long>("recording.segment.failures", "{attempt}", "Attempts to store a segment that failed or timed out.");
        _duration = _meter.CreateHistogram<double>("recording.segment.put.duration", "s", "From the start of a Put that succeeded to its end.");
        _pending = _meter.CreateUpDownCounter<int>("recording.segment.pending", "{segment}", "Segments waiting for the store or being stored.");
        _rollUps = _meter.CreateCounter<long>("recording.segment.rollups", "{merge}", "Merges of small segments, by outcome.");
        _malformed = _meter.CreateCounter<long>("recording.track.malformed_batches", "{batch}", "Batches refused because their blocks are damaged or do not fit.");
        _late = _meter.CreateCounter<long>("recording.track.late_packets", "{packet}", "Packets that came after their track was sealed.");
    }

    public void Queued() => _pending.Add(1);

    public void Left() => _pending.Add(-1);

    public void Stored(int bytes, TimeSpan duration)
    {
        _puts.Add(1);
        _bytes.Add(bytes);
        _duration.Record(duration.TotalSeconds);
    }

    public void Failed() => _failures.Add(1);

    public void RolledUp(RollUpOutcome outcome) => _rollUps.Add(1, new KeyValuePair<string, object?>("outcome", outcome.ToString()));

    public void Malformed() => _malformed.Add(1);

    public void Late(int packets) => _late.Add(packets);

    public void Dispose() => _meter.Dispose();
}
