using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using Orleans.Storage;
using Recording.Grains.Abstractions.Jobs;
using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.State.Hosting;
using Recording.Model;
using Recording.Storage;

namespace Recording.Grains.Jobs;

/// <summary>
/// Shell of a <see cref="JobGraph"/>: stores it, and hands tasks to the queue and outputs to the recording. Both are called from an interleaving
/// timer or from calls that always interleave, never inside a turn: the queue calls this grain while it is in a turn of its own, and the two would wait for each other.
/// </summary>
internal sealed class JobGrain : Grain, IJobGrain, IDisposable
{
    private readonly IPersistentState<JobState> _state;
    private readonly JobOptions _options;
    private readonly IObjectStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger<JobGrain> _logger;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private JobGraph _graph;
    private long _changes;
    private long _written;
    private IGrainTimer? _pump;
    private bool _pumping;
    private long _offeredAt;

    public JobGrain(
        [PersistentState("job", ObjectStoreGrainStorageExtensions.DefaultName)] IPersistentState<JobState> state,
        IOptions<JobOptions> options,
        IObjectStore store,
        TimeProvider time,
        ILogger<JobGrain> logger)
    {
        _state = state;
        _options = options.Value;
        _store = store;
        _time = time;
        _logger = logger;
        _graph = new JobGraph(state.State, _options);
        _offeredAt = time.GetTimestamp();
    }

    private string JobId => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _graph = new JobGraph(_state.State, _options);
        if (_graph.Exists && !_state.State.CleanedUp)
        {
            Pump();
        }

        return Task.CompletedTask;
    }

    public void Dispose() => _writing.Dispose();

    public async Task<JobView> Create(JobSpec spec)
    {
        JobSpecRules.Check(spec);
        if (JobId != JobIds.For(spec))
        {
            throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"job {JobId} was created for another specification; its id would be {JobIds.For(spec)}");
        }

        if (_graph.Create(spec, JobId, NowUs()))
        {
            _changes++;
            JobLog.Created(_logger, JobId, spec.Kind, spec.RecordingId);
        }

        // An earlier call may have failed at this write: nobody was told that the job exists.
        await SaveAsync();

        // The queue remembers jobs that are not over: once it has the first task, no crash leaves a job that nobody goes on with.
        await OfferAsync();
        Pump();
        return _graph.View(NowUs())!;
    }

    public async Task<JobView> Retry()
    {
        if (!_graph.Exists)
        {
            throw new RecordingException(RecordingErrorCode.NotFound, $"There is no job '{JobId}'.");
        }

        if (_graph.IsOver && !_state.State.CleanedUp)
        {
            Pump();
            throw new RecordingException(RecordingErrorCode.WrongState, $"The files of job {JobId} are still being removed; ask again in a moment.");
        }

        if (_graph.Retry(NowUs()))
        {
            _changes++;
            JobLog.Retried(_logger, JobId);
        }

        await SaveAsync();

        // As at creation: the queue forgot the job when it was over.
        await OfferAsync();
        Pump();
        return _graph.View(NowUs())!;
    }

    public Task<JobView?> GetView() => Task.FromResult(_graph.View(NowUs()));

    public async Task Cancel()
    {
        if (_graph.Cancel())
        {
            _changes++;
        }

        await SaveAsync();
        Pump();
    }

    public async Task<bool> ReportProgress(string taskId, double fraction)
    {
        bool goOn = _graph.ReportProgress(taskId, fraction, NowUs(), out bool started);
        if (started)
        {
            _changes++;
            await SaveAsync();
        }

        return goOn;
    }

    public async Task TaskCompleted(string taskId, TaskResult result)
    {
        if (_graph.Complete(taskId, result, NowUs()) || _graph.NoteLate(result))
        {
            _changes++;
        }

        await SaveAsync();
        Pump();
    }

    public async Task TaskFailed(string taskId, TaskFailure failure)
    {
        if (_graph.Fail(taskId, failure, NowUs()))
        {
            _changes++;
            JobLog.AttemptFailed(_logger, JobId, taskId, failure.Code, failure.Message);
        }

        await SaveAsync();
        Pump();
    }

    public Task Drive()
    {
        if (_graph.Exists && !_state.State.CleanedUp)
        {
            _graph.OfferAgain();
            Pump();
        }

        return Task.CompletedTask;
    }

    private void Pump()
    {
        if (!_graph.Exists || _state.State.CleanedUp)
        {
            return;
        }

        if (_pump is null)
        {
            _pump = this.RegisterGrainTimer(
                PumpAsync,
                new GrainTimerCreationOptions { DueTime = TimeSpan.Zero, Period = _options.RetryPeriod, Interleave = true, KeepAlive = true });
        }
        else
        {
            _pump.Change(TimeSpan.Zero, _options.RetryPeriod);
        }
    }

    // Does what is open, step by step; whatever fails is open still and comes again with the next tick.
    private async Task PumpAsync(CancellationToken cancellationToken)
    {
        if (_pumping)
        {
            return;
        }

        _pumping = true;
        try
        {
            if (_time.GetElapsedTime(_offeredAt) >= _options.OfferPeriod)
            {
                // Whatever the queue may have lost, it gets again.
                _graph.OfferAgain();
                _offeredAt = _time.GetTimestamp();
            }

            long seen;
            do
            {
                seen = _changes;
                await SaveAsync();
                await HandOverAsync();
            }
            while (seen != _changes);

            await CleanUpAsync(cancellationToken);
            if (_state.State.CleanedUp)
            {
                _pump?.Dispose();
                _pump = null;
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            JobLog.StepFailed(_logger, exception, JobId);
        }
        finally
        {
            _pumping = false;
        }
    }

    private async Task OfferAsync()
    {
        IReadOnlyList<QueuedTask> ready = _graph.Ready();
        if (ready.Count > 0)
        {
            await GrainFactory.GetGrain<IJobQueueGrain>(JobIds.DefaultQueue).Enqueue([.. ready]);
            _graph.MarkOffered(ready);
        }
    }

    private async Task HandOverAsync()
    {
        await OfferAsync();
        if (_graph.IsReadyToComplete)
        {
            if (!await AddOutputsAsync())
            {
                await RemoveOutputsAsync();
                _graph.Cancel();
                _changes++;
            }
            else if (_graph.IsReadyToComplete)
            {
                _graph.MarkCompleted();
                _changes++;
            }
        }
    }

    /// <summary>False = the recording was deleted meanwhile: nobody would ever list the files.</summary>
    private async Task<bool> AddOutputsAsync()
    {
        IRecordingGrain recording = GrainFactory.GetGrain<IRecordingGrain>(_state.State.Spec!.RecordingId);
        foreach (RecordingOutput output in _state.State.Outputs.ToArray())
        {
            try
            {
                await recording.AddOutput(output);
            }
            catch (RecordingException exception) when (exception.Code == RecordingErrorCode.NoSuchRecording)
            {
                JobLog.RecordingMissing(_logger, exception, JobId, output.File);
                return false;
            }
        }

        return true;
    }

    private async Task RemoveOutputsAsync()
    {
        foreach ((string file, _, _) in _state.State.Outputs.SelectMany(static output => output.Files()).ToArray())
        {
            await _store.DeleteAsync(_state.State.Spec!.Prefix + file);
        }
    }

    private async Task CleanUpAsync(CancellationToken cancellationToken)
    {
        if (!_graph.IsOver || _state.State.CleanedUp)
        {
            return;
        }

        JobSpec spec = _state.State.Spec!;
        IJobQueueGrain queue = GrainFactory.GetGrain<IJobQueueGrain>(JobIds.DefaultQueue);
        await queue.Remove(JobId);
        if ((await queue.JobsOf(spec.RecordingId)).Contains(JobId, StringComparer.Ordinal))
        {
            // A worker may still be storing something; the next tick asks again.
            return;
        }

        HashSet<string> named = [];
        if (_graph.MustRemove)
        {
            var leftovers = new JobLeftovers(GrainFactory, _store, spec, JobId);
            named = await leftovers.RemoveAsync([.. _state.State.Outputs], cancellationToken);
        }

        await foreach (ObjectInfo file in _store.ListAsync(RecordingKeys.JobWork(spec.Prefix, JobId), cancellationToken))
        {
            await _store.DeleteAsync(file.Key, cancellationToken);
        }

        _graph.MarkCleanedUp(named);
        _changes++;
        await SaveAsync();
        JobLog.Over(_logger, JobId, _state.State.Status.ToString());
    }

    // The timer interleaves with calls, and two writes at once would look like two activations.
    private async Task SaveAsync()
    {
        await _writing.WaitAsync();
        try
        {
            if (_written != _changes)
            {
                long writing = _changes;
                await _state.WriteStateAsync();
                _written = writing;
            }
        }
        catch (InconsistentStateException)
        {
            // Another activation wrote: this one must not go on with what it holds.
            DeactivateOnIdle();
            throw;
        }
        finally
        {
            _writing.Release();
        }
    }

    private long NowUs() => (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
