using Orleans.Concurrency;

namespace Recording.Grains.Abstractions.Jobs;

/// <summary>Tasks that wait for a worker, by priority then age; key queue name (<c>default</c>). Leases are in memory, the list is stored.</summary>
[Alias("recording.IJobQueueGrain")]
public interface IJobQueueGrain : IGrainWithStringKey
{
    /// <summary>Adds tasks; those already there are skipped.</summary>
    [Alias("Enqueue")]
    Task Enqueue(QueuedTask[] tasks);

    /// <summary>Removes a job's tasks.</summary>
    [Alias("Remove")]
    Task Remove(string jobId);

    /// <summary>A task for a worker, with a lease; null = nothing to do.</summary>
    [Alias("Pull")]
    Task<LeasedTask?> Pull(string workerId);

    /// <summary>Prolongs a lease and says how far the task is (0..1). False = the lease is lost or the job cancelled: stop.</summary>
    [Alias("Report")]
    Task<bool> Report(string leaseId, double fraction);

    /// <summary>The task is done.</summary>
    [Alias("Complete")]
    Task Complete(string leaseId, TaskResult result);

    /// <summary>The attempt failed.</summary>
    [Alias("Fail")]
    Task Fail(string leaseId, TaskFailure failure);

    /// <summary>Ids of the jobs of this recording that are not over, or of which a worker still holds a task.</summary>
    [Alias("JobsOf")]
    [ReadOnly]
    Task<string[]> JobsOf(string recordingId);

    /// <summary>How many wait and how many are leased.</summary>
    [Alias("GetDepth")]
    Task<QueueDepth> GetDepth();

    /// <summary>Why none of the tasks that wait is begun, for a person; empty = there are workers.</summary>
    [Alias("GetObstacle")]
    [ReadOnly]
    Task<string> GetObstacle();
}
