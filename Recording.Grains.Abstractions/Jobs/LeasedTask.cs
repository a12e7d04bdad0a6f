namespace Recording.Grains.Abstractions.Jobs;

/// <summary>A task given to a worker.</summary>
/// <param name="LeaseId">Names the lease in later calls.</param>
/// <param name="Task">What to do.</param>
/// <param name="TimeToLive">Report at least this often.</param>
[GenerateSerializer, Immutable, Alias("recording.LeasedTask")]
public sealed record LeasedTask(
    [property: Id(0)] string LeaseId,
    [property: Id(1)] QueuedTask Task,
    [property: Id(2)] TimeSpan TimeToLive)
{
    /// <summary>Workers of the whole cluster that the queue has seen lately, this one included; 0 = a queue of an earlier version, which does not say.</summary>
    [Id(3)] public int Workers { get; init; }
}
