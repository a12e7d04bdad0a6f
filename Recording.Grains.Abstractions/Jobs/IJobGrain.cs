using Orleans.Concurrency;

namespace Recording.Grains.Abstractions.Jobs;

/// <summary>One job: a graph of tasks; key job id. Knows nothing of FFmpeg or layouts: the first task, <c>plan</c>, answers the rest of the graph.</summary>
[Alias("recording.IJobGrain")]
public interface IJobGrain : IGrainWithStringKey
{
    /// <summary>Creates it durably and queues its first task; creating twice is creating once, also when it has failed since: see <see cref="Retry"/>.</summary>
    /// <exception cref="Recording.Model.RecordingException">1003: the specification cannot be a job's.</exception>
    [Alias("Create")]
    [AlwaysInterleave]
    Task<JobView> Create(JobSpec spec);

    /// <summary>The job as it is now; null = no such job.</summary>
    [Alias("GetView")]
    [ReadOnly]
    Task<JobView?> GetView();

    /// <summary>Ends it; running tasks are told at their next report.</summary>
    [Alias("Cancel")]
    Task Cancel();

    /// <summary>Begins a failed or cancelled job anew; any other is left as it is.</summary>
    /// <exception cref="Recording.Model.RecordingException">4004: there is no such job. 2004: its files are still being removed; a moment later it can begin.</exception>
    [Alias("Retry")]
    [AlwaysInterleave]
    Task<JobView> Retry();

    /// <summary>From the queue: how far a task is. False = stop working on it.</summary>
    [Alias("ReportProgress")]
    Task<bool> ReportProgress(string taskId, double fraction);

    /// <summary>From the queue: a task is done.</summary>
    [Alias("TaskCompleted")]
    Task TaskCompleted(string taskId, TaskResult result);

    /// <summary>From the queue: an attempt failed or its worker vanished; tried again with backoff, three times in all.</summary>
    [Alias("TaskFailed")]
    Task TaskFailed(string taskId, TaskFailure failure);

    /// <summary>Goes on with whatever is unfinished; after restarts.</summary>
    [Alias("Drive")]
    Task Drive();
}
