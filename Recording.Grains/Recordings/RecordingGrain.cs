using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using Orleans.Storage;
using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Abstractions.Tracks;
using Recording.Grains.Recordings.State;
using Recording.Grains.State.Hosting;
using Recording.Model;
using Recording.Model.Documents;
using Recording.Storage;

namespace Recording.Grains.Recordings;

/// <summary>The actor around a recording: commands change the stored state, everything slow is done by <see cref="RecordingRun"/> from an interleaving timer.</summary>
internal sealed class RecordingGrain : Grain, IRecordingGrain
{
    private readonly RecordingStateWriter _writer;
    private readonly IObjectStore _store;
    private readonly IAssemblyRun _assembly;
    private readonly AssemblySlots _slots;
    private readonly RecordingMetrics _metrics;
    private readonly RecordingsOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<RecordingGrain> _logger;
    private TimelineStore? _timeline;
    private RecordingRun? _run;
    private IGrainTimer? _driveTimer;
    private IGrainTimer? _timelineTimer;
    private bool _isCounted;
    private bool _isDriving;

    public RecordingGrain(
        [PersistentState("recording", ObjectStoreGrainStorageExtensions.DefaultName)] IPersistentState<RecordingState> state,
        IObjectStore store,
        IAssemblyRun assembly,
        AssemblySlots slots,
        RecordingMetrics metrics,
        IOptions<RecordingsOptions> options,
        TimeProvider time,
        ILogger<RecordingGrain> logger)
    {
        _writer = new RecordingStateWriter(state);
        _store = store;
        _assembly = assembly;
        _slots = slots;
        _metrics = metrics;
        _options = options.Value;
        _time = time;
        _logger = logger;
    }

    private RecordingState State => _writer.State;

    private long NowUs => DocumentTime.ToMicroseconds(_time.GetUtcNow());

    /// <inheritdoc />
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (State.Opening is not null)
        {
            Begin();
            _run!.CheckRoom();
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        End();
        if (_timeline is { HasPending: true } timeline && !_writer.IsSuperseded)
        {
            try
            {
                await timeline.FlushAsync(cancellationToken);
            }
            catch (Exception e)
            {
                // The room still holds what was never answered as stored.
                RecordingsLog.TimelineNotStored(_logger, this.GetPrimaryKeyString(), e);
            }
        }
    }

    /// <inheritdoc />
    public async Task Open(RecordingOpening opening)
    {
        if (!RecordingLifecycle.Open(State, opening))
        {
            await CommitAsync();
            return;
        }

        _writer.Changed();
        try
        {
            // The index first: whatever it names is driven, so nothing that exists can be forgotten.
            var summary = RecordingLifecycle.Summary(State);
            await new RecordingNeighbours(GrainFactory).PutIndexAsync(summary);
            await CommitAsync();
            Begin();
            _run!.Opened(summary);
        }
        catch (Exception)
        {
            _writer.Reset();
            throw;
        }

        RecordingsLog.Opened(_logger, opening.RecordingId, opening.RoomId, opening.Prefix);
        DriveSoon();
    }

    /// <inheritdoc />
    public Task Started(long startedAtUs) => ApplyAsync(RecordingLifecycle.Started(State, startedAtUs));

    /// <inheritdoc />
    public Task AddTrack(TrackRegistration track) => ApplyAsync(RecordingLifecycle.AddTrack(State, track));

    /// <inheritdoc />
    public async Task<long> AddTimeline(long firstSequence, TimelineEvent[] events)
    {
        if (_timeline is null)
        {
            throw new RecordingException(RecordingErrorCode.NoSuchRecording, "There is no such recording.");
        }

        if (State.TerminalEventId is not null || _timeline.IsFrozen)
        {
            // The documents are final: the caller need not keep what will never be written.
            return firstSequence + events.Length - 1;
        }

        await _timeline.LoadAsync(false, CancellationToken.None);
        _timeline.Add(firstSequence, events);
        return _timeline.Stored;
    }

    /// <inheritdoc />
    public Task UpdateRoom(RoomFacts facts) => ApplyAsync(RecordingLifecycle.UpdateRoom(State, facts));

    /// <inheritdoc />
    public Task TrackDrained(string trackId, ulong epoch, ulong lastIndex) => ApplyAsync(RecordingLifecycle.Drained(State, trackId, epoch, lastIndex));

    /// <inheritdoc />
    public Task TrackResumed(string trackId, ulong epoch) => ApplyAsync(RecordingLifecycle.Resumed(State, trackId, epoch, NowUs));

    /// <inheritdoc />
    public Task TrackHandedOn(string trackId, ulong epoch, ulong lastIndex) => ApplyAsync(RecordingLifecycle.HandedOn(State, trackId, epoch, lastIndex, NowUs));

    /// <inheritdoc />
    public async Task TrackSpooled(string trackId, ulong epoch)
    {
        var changed = RecordingLifecycle.Spooled(State, trackId, epoch, NowUs);
        if (State.Reopened)
        {
            // The index first, as at the opening: what it names as unfinished is driven also when this process ends now.
            await new RecordingNeighbours(GrainFactory).PutIndexAsync(RecordingLifecycle.Summary(State));
        }

        await ApplyAsync(changed);
    }

    /// <inheritdoc />
    public Task SetLegalHold(bool isHeld) => ChangeFinishedAsync(() => RecordingLifecycle.Hold(State, isHeld));

    /// <inheritdoc />
    public Task Delete(string requesterId) => ChangeFinishedAsync(() => RecordingLifecycle.Delete(State, requesterId, _run?.IsProcessing ?? false, NowUs));

    /// <inheritdoc />
    public Task Stop(RecordingStop stop)
    {
        var changed = RecordingLifecycle.Stop(State, stop, NowUs);
        if (changed)
        {
            RecordingsLog.Stopping(_logger, State.Opening!.RecordingId, stop.Reason);
        }

        return ApplyAsync(changed);
    }

    /// <inheritdoc />
    public Task<RecordingView?> GetView()
    {
        if (_run is { } run)
        {
            run.IsWatched = true;
            return Task.FromResult<RecordingView?>(RecordingViews.Of(State, run.Figures, _timeline!.IsPaused, run.IsProcessing));
        }

        return Task.FromResult<RecordingView?>(null);
    }

    /// <inheritdoc />
    public Task RequireDownload(string peerId)
    {
        if (State.Opening is null)
        {
            throw new RecordingException(RecordingErrorCode.NoSuchRecording, "There is no such recording.");
        }

        RecordingPolicy? newest = State.Room.Policies is [.., { Policy: var policy }] ? policy : null;
        DownloadPermission.Require(newest, State.Room.Participants.Select(static participant => participant.PeerId), peerId);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task Drive()
    {
        if (_run is { IsDone: true })
        {
            // Done here, unfinished in the index: it was reopened in the store (recording fsck --repair). The next call reads it.
            DeactivateOnIdle();
            return Task.CompletedTask;
        }

        _run?.CheckRoom();
        DriveSoon();
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task<bool> IsKept() => Task.FromResult(State is { Opening: not null, DeletedAtUs: 0 });

    /// <inheritdoc />
    public async Task AddOutput(RecordingOutput output)
    {
        await ApplyAsync(RecordingLifecycle.AddOutput(State, output));
        if (State.TerminalEventId is not null)
        {
            // Whoever is told that a job is done finds its file in the documents.
            await _timeline!.LoadAsync(true, CancellationToken.None);
            await _run!.WriteMetadataAsync(CancellationToken.None);
        }
    }

    private async Task ChangeFinishedAsync(Func<bool> change)
    {
        var changed = change();
        if (State is { DeletedAtUs: > 0, Purged: false })
        {
            await new RecordingNeighbours(GrainFactory).PutIndexAsync(RecordingLifecycle.Summary(State));
        }

        await ApplyAsync(changed);
        if (changed && State is { TerminalEventId: not null, DeletedAtUs: 0 })
        {
            await _timeline!.LoadAsync(true, CancellationToken.None);
            await _run!.WriteMetadataAsync(CancellationToken.None);
        }
    }

    private async Task ApplyAsync(bool changed)
    {
        if (changed)
        {
            _writer.Changed();
            _run?.NoteChange();
        }

        // Also when nothing changed: an earlier call may have failed after it changed the state in memory.
        await CommitAsync();
        if (changed)
        {
            DriveSoon();
        }
    }

    private async Task CommitAsync()
    {
        try
        {
            await _writer.CommitAsync();
        }
        catch (InconsistentStateException)
        {
            GiveWay();
            throw;
        }
    }

    private void GiveWay()
    {
        RecordingsLog.Superseded(_logger, this.GetPrimaryKeyString());
        End();
        DeactivateOnIdle();
    }

    private void Begin()
    {
        if (_run is null)
        {
            _timeline = new TimelineStore(_store, State.Opening!.Prefix, GrainContext.ActivationId.ToString().TrimStart('@'));
            _run = new RecordingRun(
                _writer, _timeline, _store, new RecordingNeighbours(GrainFactory), _assembly, _slots, _options, _time, _metrics, _logger);
        }

        if (_driveTimer is not null)
        {
            return;
        }

        _driveTimer = this.RegisterGrainTimer(
            DriveAsync, new GrainTimerCreationOptions(TimeSpan.Zero, _options.DriveInterval) { Interleave = true, KeepAlive = true });
        _timelineTimer = this.RegisterGrainTimer(
            FlushTimelineAsync, new GrainTimerCreationOptions(_options.TimelineInterval, _options.TimelineInterval) { Interleave = true });
        _metrics.Activated();
        _isCounted = true;
    }

    private void End()
    {
        _driveTimer?.Dispose();
        _driveTimer = null;
        _timelineTimer?.Dispose();
        _timelineTimer = null;
        if (_isCounted)
        {
            _metrics.Deactivated();
            _isCounted = false;
        }
    }

    private void DriveSoon()
    {
        if (State.Opening is not null && !_writer.IsSuperseded)
        {
            Begin();
            _driveTimer!.Change(TimeSpan.Zero, _options.DriveInterval);
        }
    }

    private async Task DriveAsync(CancellationToken cancellationToken)
    {
        // Moving the due time while a pass is under way may start a second one beside it.
        if (_isDriving)
        {
            return;
        }

        _isDriving = true;
        try
        {
            await _run!.AdvanceAsync(cancellationToken);
            if (_run.IsDone)
            {
                End();
            }
        }
        catch (InconsistentStateException)
        {
            GiveWay();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Deactivated: the next activation goes on from what is committed.
            End();
        }
        finally
        {
            _isDriving = false;
        }
    }

    private async Task FlushTimelineAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _timeline!.FlushAsync(cancellationToken);
        }
        catch (Exception e)
        {
            RecordingsLog.TimelineNotStored(_logger, this.GetPrimaryKeyString(), e);
        }
    }
}
