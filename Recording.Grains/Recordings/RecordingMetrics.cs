using System.Diagnostics.Metrics;
using Recording.Model;

namespace Recording.Grains.Recordings;

/// <summary>What a silo measures of recordings.</summary>
internal sealed class RecordingMetrics : IDisposable
{
    private readonly Meter _meter = new("Recording");
    private readonly UpDownCounter<int> _live;
    private readonly Counter<long> _ended;
    private readonly Histogram<double> _assembly;
    private readonly Counter<long> _assembledBytes;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _missing;
    private readonly Counter<long> _outputsUnknown;

    public RecordingMetrics()
    {
        _live = _meter.CreateUpDownCounter<int>("recording.recordings.unfinished", "{recording}", "Recordings on this silo that are live or being completed.");
        _ended = _meter.CreateCounter<long>("recording.recordings.ended", "{recording}", "Recordings that reached a terminal state, by status.");
        _assembly = _meter.CreateHistogram<double>("recording.assembly.duration", "s", "Time to make one track file.");
        _assembledBytes = _meter.CreateCounter<long>("recording.assembly.bytes", "By", "Bytes of track files made.");
        _retries = _meter.CreateCounter<long>("recording.completion.retries", "{attempt}", "Steps of completing a recording that failed and are tried again, by step.");
        _missing = _meter.CreateCounter<long>("recording.assembly.missing_segments", "{segment}", "Segments that were listed and could not be found any more.");
        _outputsUnknown = _meter.CreateCounter<long>("recording.policy.outputs_unknown", "{recording}", "Recordings whose policy names an output that nobody can make.");
    }

    public void Activated() => _live.Add(1);

    public void Deactivated() => _live.Add(-1);

    public void Ended(RecordingStatus status) => _ended.Add(1, new KeyValuePair<string, object?>("status", status.ToString()));

    public void Assembled(TimeSpan duration, long bytes)
    {
        _assembly.Record(duration.TotalSeconds);
        _assembledBytes.Add(bytes);
    }

    public void Retried(string step) => _retries.Add(1, new KeyValuePair<string, object?>("step", step));

    public void SegmentMissing() => _missing.Add(1);

    public void OutputsUnknown() => _outputsUnknown.Add(1);

    public void Dispose() => _meter.Dispose();
}
