using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using Orleans.Storage;
using Recording.Grains.Abstractions.Jobs;
using Recording.Grains.State.Hosting;
using Recording.Model;

namespace Recording.Grains.Jobs;

/// <summary>Shell of a <see cref="TaskQueue"/>: stores the list, tells jobs what became of their tasks, and takes back what workers lost.</summary>
internal sealed class JobQueueGrain : Grain, IJobQueueGrain
{
    private static readonly TimeSpan _sweepPeriod = TimeSpan.FromSeconds(2);
    private readonly IPersistentState<JobQueueState> _state;
    private readonly JobOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<JobQueueGrain> _logger;
    private TaskQueue _queue;
    private bool _dirty;
    private bool _driving;
    private bool _lacksWorkers;
    private long _sinceUs;

    public JobQueueGrain(
        [PersistentState("queue", ObjectStoreGrainStorageExtensions.DefaultName)] IPersistentState<JobQueueState> state,
        IOptions<JobOptions> options,
        TimeProvider time,
        ILogger<JobQueueGrain> logger)
    {
        _state = state;
        _options = options.Value;
        _time = time;
        _logger = logger;
        _queue = NewQueue();
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _queue = NewQueue();
        _sinceUs = NowUs();
        this.RegisterGrainTimer(SweepAsync, new GrainTimerCreationOptions { DueTime = _sweepPeriod, Period = _sweepPeriod });
        this.RegisterGrainTimer(DriveAsync, new GrainTimerCreationOptions { DueTime = TimeSpan.Zero, Period = _options.OfferPeriod, Interleave = true });
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        JobMetrics.Forget(this.GetPrimaryKeyString());
        return Task.CompletedTask;
    }

    public async Task Enqueue(QueuedTask[] tasks)
    {
        _dirty |= _queue.Enqueue(tasks);
        await SaveAsync();
    }

    public async Task Remove(string jobId)
    {
        _dirty |= _queue.Remove(jobId);
        await SaveAsync();
    }

    public Task<LeasedTask?> Pull(string workerId)
    {
        long nowUs = NowUs();
        TaskLease? lease = _queue.Pull(workerId, nowUs);
        int workers = _queue.CountWorkers(nowUs);
        return Task.FromResult(lease is null ? null : new LeasedTask(lease.LeaseId, lease.Task, _options.LeaseDuration) { Workers = workers });
    }

    public async Task<bool> Report(string leaseId, double fraction)
    {
        TaskLease? lease = _queue.Prolong(leaseId, NowUs());
        if (lease is null)
        {
            return false;
        }

        if (await Job(lease).ReportProgress(lease.Task.TaskId, fraction))
        {
            return true;
        }

        // Given back it would come again and again.
        _dirty |= _queue.Drop(lease);
        await SaveAsync();
        return false;
    }

    public async Task Complete(string leaseId, TaskResult result)
    {
        // The job is told first: a crash in between only makes a worker do it once more.
        TaskLease lease = Require(leaseId);
        await Job(lease).TaskCompleted(lease.Task.TaskId, result);
        await FinishAsync(lease);
    }

    public async Task Fail(string leaseId, TaskFailure failure)
    {
        TaskLease lease = Require(leaseId);

        if (failure.Code == RecordingErrorCode.ShuttingDown)
        {
            _queue.GiveBack(lease);
            return;
        }

        await Job(lease).TaskFailed(lease.Task.TaskId, failure);
        await FinishAsync(lease);
    }

    public Task<string[]> JobsOf(string recordingId) => Task.FromResult(_queue.JobsOf(recordingId).ToArray());

    public Task<QueueDepth> GetDepth() => Task.FromResult(_queue.Depth);

    public Task<string> GetObstacle() => Task.FromResult(
        _queue.LacksWorkers(NowUs(), _sinceUs)
            ? $"no worker asked for a task for {_options.LeaseDuration.TotalSeconds:0} s: no process with workers runs, or every machine that has some is too busy"
            : "");

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        try
        {
            Watch();
            foreach (TaskLease lease in _queue.Expired(NowUs()))
            {
                JobLog.LeaseExpired(_logger, lease.WorkerId, lease.Task.JobId, lease.Task.TaskId);
                await Job(lease).TaskFailed(
                    lease.Task.TaskId,
                    new TaskFailure(RecordingErrorCode.FinalizationFailed, $"worker {lease.WorkerId} gave no sign for {_options.LeaseDuration.TotalSeconds:0} s", "", Permanent: false));
                await FinishAsync(lease);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The lease stays expired: the next sweep tells the job.
            JobLog.QueueStepFailed(_logger, exception, this.GetPrimaryKeyString());
        }
    }

    // Whoever waits for these jobs would wait for ever, and see nothing of it.
    private void Watch()
    {
        long nowUs = NowUs();
        string queue = this.GetPrimaryKeyString();
        JobMetrics.Watch(queue, _queue.Depth.Pending, _queue.CountWorkers(nowUs));
        bool lacksWorkers = _queue.LacksWorkers(nowUs, _sinceUs);
        if (lacksWorkers != _lacksWorkers)
        {
            _lacksWorkers = lacksWorkers;
            if (lacksWorkers)
            {
                JobLog.NoWorkers(_logger, queue, _queue.Depth.Pending, _options.LeaseDuration.TotalSeconds);
            }
            else
            {
                JobLog.WorkersAgain(_logger, queue, _queue.Depth.Pending);
            }
        }
    }

    // A job whose silo died has nobody else to wake it. Beside the calls: a job may be waiting for this queue meanwhile.
    private async Task DriveAsync(CancellationToken cancellationToken)
    {
        if (_driving)
        {
            return;
        }

        _driving = true;
        try
        {
            foreach (string job in _queue.Jobs.ToArray())
            {
                cancellationToken.ThrowIfCancellationRequested();
                IJobGrain grain = GrainFactory.GetGrain<IJobGrain>(job);
                if (await grain.GetView() is null)
                {
                    _dirty |= _queue.Remove(job);
                    continue;
                }

                await grain.Drive();
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            JobLog.QueueStepFailed(_logger, exception, this.GetPrimaryKeyString());
        }
        finally
        {
            _driving = false;
        }
    }

    private async Task FinishAsync(TaskLease lease)
    {
        _queue.Finish(lease);
        _dirty = true;
        await SaveAsync();
    }

    private async Task SaveAsync()
    {
        if (!_dirty)
        {
            return;
        }

        try
        {
            await _state.WriteStateAsync();
            _dirty = false;
        }
        catch (InconsistentStateException)
        {
            DeactivateOnIdle();
            throw;
        }
    }

    private TaskLease Require(string leaseId) =>
        _queue.Find(leaseId) ?? throw new RecordingException(RecordingErrorCode.WrongState, $"lease {leaseId} is lost: the task was given to another worker or cancelled");

    private IJobGrain Job(TaskLease lease) => GrainFactory.GetGrain<IJobGrain>(lease.Task.JobId);

    private TaskQueue NewQueue() => new(_state.State, _options.LeaseDuration, () => Guid.NewGuid().ToString("n"));

    private long NowUs() => (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
