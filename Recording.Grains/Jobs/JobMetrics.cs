using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Recording.Grains.Jobs;

/// <summary>What a silo measures of the queues that live on it.</summary>
internal static class JobMetrics
{
    private static readonly Meter _meter = new("Recording");
    private static readonly ConcurrentDictionary<string, (int Waiting, int Workers)> _queues = new(StringComparer.Ordinal);

    static JobMetrics()
    {
        _meter.CreateObservableGauge("recording.jobs.waiting", static () => Measure(static queue => queue.Waiting), "{task}", "Tasks that no worker has begun, by queue.");
        _meter.CreateObservableGauge("recording.jobs.workers", static () => Measure(static queue => queue.Workers), "{worker}", "Workers that asked for a task or reported within the lease time, by queue.");
    }

    /// <summary>A queue is on this silo and looks so.</summary>
    public static void Watch(string queue, int waiting, int workers) => _queues[queue] = (waiting, workers);

    /// <summary>It left this silo: another one measures it.</summary>
    public static void Forget(string queue) => _queues.TryRemove(queue, out _);

    private static IEnumerable<Measurement<int>> Measure(Func<(int Waiting, int Workers), int> value) =>
        _queues.Select(queue => new Measurement<int>(value(queue.Value), new KeyValuePair<string, object?>("queue", queue.Key)));
}
