using Recording.Grains.Abstractions.Jobs;

namespace Recording.Grains.Jobs;

/// <summary>The rules of a queue: who gets what, and for how long. No actor, no clock of its own.</summary>
/// <param name="state">What is stored; changed in place.</param>
/// <param name="leaseDuration">How long a lease holds without a report.</param>
/// <param name="newId">Makes lease ids.</param>
public sealed class TaskQueue(JobQueueState state, TimeSpan leaseDuration, Func<string> newId)
{
    private readonly Dictionary<string, TaskLease> _leases = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _seenUs = new(StringComparer.Ordinal);

    // A job may have offered an attempt while it was just being told how that attempt ended: what is over does not come back.
    private readonly Dictionary<string, Dictionary<string, int>> _finished = new(StringComparer.Ordinal);

    /// <summary>Jobs that sent a task and were not removed since.</summary>
    public IReadOnlyList<string> Jobs => state.Jobs;

    /// <summary>Jobs of a recording that were not removed, or that a worker still holds a task of.</summary>
    public IReadOnlyList<string> JobsOf(string recordingId) =>
        [.. state.Tasks.Concat(_leases.Values.Select(static lease => lease.Task))
            .Where(task => task.Spec.RecordingId == recordingId)
            .Select(static task => task.JobId)
            .Concat(state.Recordings.Where(job => job.Value == recordingId).Select(static job => job.Key))
            .Distinct(StringComparer.Ordinal)];

    /// <summary>How many wait and how many are leased.</summary>
    public QueueDepth Depth => new(state.Tasks.Count - _leases.Values.Count(static lease => !lease.IsWithdrawn), _leases.Count);

    /// <summary>Workers that asked for a task or reported within the last lease time. Nobody signs off: one that is gone counts until that is over.</summary>
    public int CountWorkers(long nowUs)
    {
        long oldest = nowUs - (long)leaseDuration.TotalMicroseconds;
        foreach (string gone in _seenUs.Where(worker => worker.Value <= oldest).Select(static worker => worker.Key).ToArray())
        {
            _seenUs.Remove(gone);
        }

        return _seenUs.Count;
    }

    /// <summary>Whether tasks wait and nobody works: no worker asked or reported for a whole lease time, and this queue could have heard one for as long.</summary>
    /// <param name="nowUs">Now.</param>
    /// <param name="sinceUs">Since when workers can ask this queue: who asked the one before is not known.</param>
    public bool LacksWorkers(long nowUs, long sinceUs) =>
        Depth.Pending > 0 && CountWorkers(nowUs) == 0 && nowUs - sinceUs >= (long)leaseDuration.TotalMicroseconds;

    /// <summary>Adds tasks; those already there, and attempts that have ended, are skipped. True = the list changed.</summary>
    public bool Enqueue(IEnumerable<QueuedTask> tasks)
    {
        bool changed = false;
        foreach (QueuedTask task in tasks.Where(task => task.Attempt > LastFinished(task)))
        {
            if (!state.Jobs.Contains(task.JobId, StringComparer.Ordinal))
            {
                state.Jobs.Add(task.JobId);
                changed = true;
            }

            changed |= state.Recordings.TryAdd(task.JobId, task.Spec.RecordingId);
            if (!state.Tasks.Exists(known => IsSame(known, task) && known.Attempt >= task.Attempt))
            {
                state.Tasks.Add(task);
                changed = true;
            }
        }

        return changed;
    }

    /// <summary>Removes a job's tasks. Leases of them hold no longer, and are known until they are handed in or run out; until then the job is remembered. True = the list changed.</summary>
    public bool Remove(string jobId)
    {
        List<TaskLease> held = [.. _leases.Values.Where(lease => lease.Task.JobId == jobId)];
        foreach (TaskLease lease in held)
        {
            _leases[lease.LeaseId] = lease with { IsWithdrawn = true };
        }

        // Begun anew, it counts its attempts from 1 again.
        _finished.Remove(jobId);
        bool changed = state.Tasks.RemoveAll(task => task.JobId == jobId) > 0;
        return (held.Count == 0 && state.Jobs.RemoveAll(job => job == jobId) + (state.Recordings.Remove(jobId) ? 1 : 0) > 0) || changed;
    }

    /// <summary>The task of highest priority, then of the oldest job, then first come, whose time has come and that nobody holds.</summary>
    public TaskLease? Pull(string workerId, long nowUs)
    {
        _seenUs[workerId] = nowUs;
        HashSet<(string, string)> held = [.. _leases.Values.Select(lease => (lease.Task.JobId, lease.Task.TaskId))];
        QueuedTask? best = null;
        foreach (QueuedTask task in state.Tasks)
        {
            if (task.NotBeforeUs <= nowUs && !held.Contains((task.JobId, task.TaskId)) && (best is null || IsBefore(task, best)))
            {
                best = task;
            }
        }

        if (best is null)
        {
            return null;
        }

        var lease = new TaskLease(newId(), workerId, best, nowUs + (long)leaseDuration.TotalMicroseconds);
        _leases.Add(lease.LeaseId, lease);
        return lease;
    }

    /// <summary>Prolongs a lease; null = it is lost.</summary>
    public TaskLease? Prolong(string leaseId, long nowUs)
    {
        if (!_leases.TryGetValue(leaseId, out TaskLease? lease))
        {
            return null;
        }

        _seenUs[lease.WorkerId] = nowUs;
        if (lease.IsWithdrawn || lease.ExpiresUs <= nowUs)
        {
            return null;
        }

        lease = lease with { ExpiresUs = nowUs + (long)leaseDuration.TotalMicroseconds };
        _leases[leaseId] = lease;
        return lease;
    }

    /// <summary>The lease as it stands; null = it is lost.</summary>
    public TaskLease? Find(string leaseId) => _leases.GetValueOrDefault(leaseId);

    /// <summary>The task left the worker's hands: it leaves the list too (a further attempt comes as a new entry).</summary>
    public void Finish(TaskLease lease)
    {
        bool isWithdrawn = _leases.Remove(lease.LeaseId, out TaskLease? held) && held.IsWithdrawn;
        state.Tasks.RemoveAll(task => IsSame(task, lease.Task) && task.Attempt <= lease.Task.Attempt);
        if (!isWithdrawn)
        {
            if (!_finished.TryGetValue(lease.Task.JobId, out Dictionary<string, int>? tasks))
            {
                _finished.Add(lease.Task.JobId, tasks = new Dictionary<string, int>(StringComparer.Ordinal));
            }

            tasks[lease.Task.TaskId] = Math.Max(lease.Task.Attempt, tasks.GetValueOrDefault(lease.Task.TaskId));
        }
    }

    /// <summary>Its job does not want the task any more: it leaves the list, and the lease holds no longer. True = the list changed.</summary>
    public bool Drop(TaskLease lease)
    {
        if (_leases.ContainsKey(lease.LeaseId))
        {
            _leases[lease.LeaseId] = lease with { IsWithdrawn = true };
        }

        return state.Tasks.RemoveAll(task => IsSame(task, lease.Task) && task.Attempt <= lease.Task.Attempt) > 0;
    }

    /// <summary>The worker gives the task back: it waits again unless its job was removed, and no attempt is counted.</summary>
    public void GiveBack(TaskLease lease) => _leases.Remove(lease.LeaseId);

    /// <summary>Leases that ran out; they stay until <see cref="Finish"/>.</summary>
    public IReadOnlyList<TaskLease> Expired(long nowUs) => [.. _leases.Values.Where(lease => lease.ExpiresUs <= nowUs)];

    private int LastFinished(QueuedTask task) => _finished.TryGetValue(task.JobId, out Dictionary<string, int>? tasks) ? tasks.GetValueOrDefault(task.TaskId) : 0;

    private static bool IsBefore(QueuedTask task, QueuedTask other) =>
        task.Spec.Priority != other.Spec.Priority ? task.Spec.Priority > other.Spec.Priority : task.CreatedAtUs < other.CreatedAtUs;

    private static bool IsSame(QueuedTask task, QueuedTask other) => task.JobId == other.JobId && task.TaskId == other.TaskId;
}
