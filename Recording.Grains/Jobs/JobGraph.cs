using Recording.Grains.Abstractions.Jobs;
using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Abstractions.Rooms;
using Recording.Model;

namespace Recording.Grains.Jobs;

/// <summary>The rules of a job: which task may run, what a result or a failure means, how far it is. No actor, no clock of its own.</summary>
/// <param name="state">What is stored; changed in place.</param>
/// <param name="options">Patience.</param>
public sealed class JobGraph(JobState state, JobOptions options)
{
    /// <summary>Id and kind of the first task: a worker answers it with the rest of the graph.</summary>
    public const string PlanTask = "plan";

    private const int MostTasks = 20_000;

    /// <summary>There is a job.</summary>
    public bool Exists => state.Spec is not null;

    /// <summary>Nothing more will be done.</summary>
    public bool IsOver => state.Status is JobStatus.Completed or JobStatus.Failed or JobStatus.Cancelled;

    /// <summary>All tasks are done; the outputs have to be handed over before the job is completed.</summary>
    public bool IsReadyToComplete => Exists && !IsOver && state.Tasks.TrueForAll(task => task.Done);

    /// <summary>Begins it; false = it was there already.</summary>
    public bool Create(JobSpec spec, string jobId, long nowUs)
    {
        if (Exists)
        {
            return false;
        }

        state.JobId = jobId;
        state.Spec = spec;
        Begin(nowUs);
        return true;
    }

    /// <summary>Begins a job that failed or was cancelled anew; false = it is neither.</summary>
    public bool Retry(long nowUs)
    {
        if (state.Status is not (JobStatus.Failed or JobStatus.Cancelled))
        {
            return false;
        }

        Begin(nowUs);
        return true;
    }

    /// <summary>Tasks whose turn it is and that are not in the queue yet.</summary>
    public IReadOnlyList<QueuedTask> Ready()
    {
        if (!Exists || IsOver)
        {
            return [];
        }

        HashSet<string> done = new(state.Tasks.Where(task => task.Done).Select(task => task.Spec.TaskId), StringComparer.Ordinal);
        return [.. state.Tasks
            .Where(task => !task.Done && !task.Offered && task.Spec.DependsOn.All(done.Contains))
            .Select(task => new QueuedTask
            {
                JobId = state.JobId,
                TaskId = task.Spec.TaskId,
                Kind = task.Spec.Kind,
                Payload = task.Spec.Payload,
                Spec = state.Spec!,
                Attempt = task.Failures + 1,
                NotBeforeUs = task.NotBeforeUs,
                CreatedAtUs = state.CreatedAtUs,
            })];
    }

    /// <summary>The queue took them.</summary>
    public void MarkOffered(IEnumerable<QueuedTask> tasks)
    {
        HashSet<(string, int)> offered = [.. tasks.Select(task => (task.TaskId, task.Attempt))];
        foreach (JobTask task in state.Tasks.Where(task => offered.Contains((task.Spec.TaskId, task.Failures + 1))))
        {
            task.Offered = true;
        }
    }

    /// <summary>Everything unfinished is to be offered to the queue again, which skips what it holds.</summary>
    public void OfferAgain()
    {
        foreach (JobTask task in state.Tasks)
        {
            task.Offered = false;
        }
    }

    /// <summary>A worker says how far it is. False = stop working on it.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="fraction">0..1.</param>
    /// <param name="nowUs">µs since 1970.</param>
    /// <param name="started">The job has just begun: store that.</param>
    public bool ReportProgress(string taskId, double fraction, long nowUs, out bool started)
    {
        started = false;
        JobTask? task = Find(taskId);
        if (IsOver || task is null || task.Done)
        {
            return false;
        }

        task.Fraction = double.IsFinite(fraction) ? Math.Clamp(fraction, 0, 1) : 0;
        started = Start(nowUs);
        return true;
    }

    /// <summary>A task is done; what it planned joins the graph. False = it was known already or the job is over.</summary>
    public bool Complete(string taskId, TaskResult result, long nowUs)
    {
        JobTask? task = Find(taskId);
        if (IsOver || task is null || task.Done)
        {
            return false;
        }

        Start(nowUs);
        Note(result.Outputs);
        Note(result.Skipped);
        if (GraphProblem(result.Tasks) is { } problem)
        {
            End(JobStatus.Failed, RecordingErrorCode.ProtocolViolation, $"task {taskId} answered a graph that cannot be run: {problem}", "");
            return true;
        }

        task.Done = true;
        task.Fraction = 1;
        state.Tasks.AddRange(result.Tasks.Select(spec => new JobTask { Spec = spec }));
        return true;
    }

    /// <summary>A worker stored files before it heard that the job is cancelled or failed: they go with the others. False = not so.</summary>
    public bool NoteLate(TaskResult result)
    {
        if (!MustRemove || result.Outputs.Length == 0)
        {
            return false;
        }

        Note(result.Outputs);
        return true;
    }

    /// <summary>Its files are to be removed: it ended with nothing to hand over.</summary>
    public bool MustRemove => state is { Status: JobStatus.Failed or JobStatus.Cancelled, CleanedUp: false };

    /// <summary>Its files are removed; what the recording names, because it was handed over before the end, stays its output.</summary>
    public void MarkCleanedUp(IReadOnlySet<string> named)
    {
        if (MustRemove)
        {
            state.Outputs.RemoveAll(output => !named.Contains(output.File));
        }

        state.CleanedUp = true;
    }

    /// <summary>An attempt failed: again after a while, or the job has failed.</summary>
    /// <returns>False = the task was done already or the job is over.</returns>
    public bool Fail(string taskId, TaskFailure failure, long nowUs)
    {
        JobTask? task = Find(taskId);
        if (IsOver || task is null || task.Done)
        {
            return false;
        }

        task.Fraction = 0;
        task.Offered = false;
        task.Failures++;
        if (failure.Permanent || task.Failures >= options.Attempts)
        {
            string attempts = failure.Permanent ? "" : $" after {task.Failures} attempts";
            End(JobStatus.Failed, failure.Code, $"task {taskId} failed{attempts}: {failure.Message}", failure.Log);
            return true;
        }

        task.NotBeforeUs = nowUs + (long)(options.FirstBackoff.TotalMicroseconds * Math.Pow(2, task.Failures - 1));
        return true;
    }

    /// <summary>Ends it on request; false = it was over.</summary>
    public bool Cancel()
    {
        if (!Exists || IsOver)
        {
            return false;
        }

        End(JobStatus.Cancelled, RecordingErrorCode.None, "", "");
        return true;
    }

    /// <summary>The outputs are handed over.</summary>
    public void MarkCompleted() => state.Status = JobStatus.Completed;

    /// <summary>The job for whoever looks at it.</summary>
    public JobView? View(long nowUs)
    {
        if (!Exists)
        {
            return null;
        }

        double fraction = Fraction();
        double elapsed = state.StartedAtUs == 0 ? 0 : Math.Max(0, nowUs - state.StartedAtUs) / 1e6;
        return new JobView
        {
            JobId = state.JobId,
            RecordingId = state.Spec!.RecordingId,
            Status = state.Status,
            ProgressPercent = Math.Round(fraction * 100, 1),
            SecondsLeft = state.Status switch
            {
                JobStatus.Completed => 0,
                JobStatus.Running when fraction > 0.01 => elapsed * (1 - fraction) / fraction,
                _ => null,
            },
            Outputs = [.. state.Outputs],
            Skipped = [.. state.Skipped],
            Failure = state.Status == JobStatus.Failed ? new RecordingFailure(state.FailureCode, state.FailureMessage) : null,
            FailureLog = state.FailureLog,
            Kind = state.Spec.Kind,
            TasksDone = state.Tasks.Count(task => task.Done),
            TasksTotal = state.Tasks.Count,
            CreatedAtUs = state.CreatedAtUs,
            Priority = state.Spec.Priority,
        };
    }

    private void Note(RecordingOutput[] outputs)
    {
        foreach (RecordingOutput output in outputs)
        {
            state.Outputs.RemoveAll(known => known.File == output.File);
            state.Outputs.Add(output with { JobId = state.JobId });
        }
    }

    private void Note(JobSkippedTrack[] skipped)
    {
        foreach (JobSkippedTrack track in skipped)
        {
            state.Skipped.RemoveAll(known => known.TrackId == track.TrackId);
            state.Skipped.Add(track);
        }
    }

    private void Begin(long nowUs)
    {
        state.Status = JobStatus.Pending;
        state.CreatedAtUs = nowUs;
        state.StartedAtUs = 0;
        state.Tasks = [new JobTask { Spec = new TaskSpec { TaskId = PlanTask, Kind = PlanTask, Payload = "" } }];
        state.Outputs = [];
        state.Skipped = [];
        state.FailureCode = RecordingErrorCode.None;
        state.FailureMessage = "";
        state.FailureLog = "";
        state.CleanedUp = false;
    }

    private double Fraction()
    {
        if (state.Status == JobStatus.Completed)
        {
            return 1;
        }

        // Until the plan is there nobody knows how much work there is.
        if (state.Tasks.Count <= 1)
        {
            return 0;
        }

        double whole = state.Tasks.Sum(task => task.Spec.Weight);
        return state.Tasks.Sum(task => task.Spec.Weight * (task.Done ? 1 : task.Fraction)) / whole;
    }

    private string? GraphProblem(TaskSpec[] added)
    {
        if (state.Tasks.Count + added.Length > MostTasks)
        {
            return $"over {MostTasks} tasks";
        }

        // Each task may only wait for tasks named before it, so there can be no circle.
        HashSet<string> known = new(state.Tasks.Select(task => task.Spec.TaskId), StringComparer.Ordinal);
        foreach (TaskSpec task in added)
        {
            if (task.DependsOn.FirstOrDefault(id => !known.Contains(id)) is { } missing)
            {
                return $"{task.TaskId} waits for {missing}, which is not named before it";
            }

            if (!known.Add(task.TaskId))
            {
                return $"{task.TaskId} is there twice";
            }

            if (!(task.Weight > 0) || !double.IsFinite(task.Weight))
            {
                return $"{task.TaskId} has weight {task.Weight}, expected over 0";
            }
        }

        return null;
    }

    private bool Start(long nowUs)
    {
        if (state.Status != JobStatus.Pending)
        {
            return false;
        }

        state.Status = JobStatus.Running;
        state.StartedAtUs = nowUs;
        return true;
    }

    private void End(JobStatus status, RecordingErrorCode code, string message, string log)
    {
        state.Status = status;
        state.FailureCode = code;
        state.FailureMessage = message;
        state.FailureLog = log;
    }

    private JobTask? Find(string taskId) => state.Tasks.Find(task => task.Spec.TaskId == taskId);
}
