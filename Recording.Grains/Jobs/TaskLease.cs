using Recording.Grains.Abstractions.Jobs;

namespace Recording.Grains.Jobs;

/// <summary>A task that a worker holds; in memory only.</summary>
/// <param name="LeaseId">Names it.</param>
/// <param name="WorkerId">Who holds it.</param>
/// <param name="Task">What.</param>
/// <param name="ExpiresUs">When it is lost unless prolonged, µs since 1970.</param>
public sealed record TaskLease(string LeaseId, string WorkerId, QueuedTask Task, long ExpiresUs)
{
    /// <summary>Its job was removed, or does not want the task any more: the worker is told at its next report, and may still store something until it says that it is through.</summary>
    public bool IsWithdrawn { get; init; }
}
