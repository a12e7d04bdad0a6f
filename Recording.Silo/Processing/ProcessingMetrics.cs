using System.Diagnostics.Metrics;

namespace Recording.Silo.Processing;

/// <summary>Counters of the workers.</summary>
internal static class ProcessingMetrics
{
    private static readonly Meter _meter = new("Recording");

    /// <summary>Tasks that workers finished, by kind and outcome.</summary>
    public static Counter<long> Tasks { get; } = _meter.CreateCounter<long>("recording.processing.tasks", "{task}", "Tasks that workers finished, by kind and outcome.");

    /// <summary>Seconds a task took, by kind.</summary>
    public static Histogram<double> Seconds { get; } = _meter.CreateHistogram<double>("recording.processing.task.duration", "s", "Time of a task, by kind.");

    /// <summary>Times that a worker took no task because the machine was short of CPU or memory.</summary>
    public static Counter<long> Deferred { get; } = _meter.CreateCounter<long>("recording.processing.deferred", "{pull}", "Times that a worker took no task because the machine was short of CPU or memory.");

    /// <summary>Times the queue could not be reached.</summary>
    public static Counter<long> QueueFailures { get; } = _meter.CreateCounter<long>("recording.processing.queue.failures", "{call}", "Times the queue could not be reached.");
}
