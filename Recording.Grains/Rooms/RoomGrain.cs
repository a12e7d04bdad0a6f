using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Storage;
using Recording.Grains.Abstractions.Links;
using Recording.Grains.Abstractions.Rooms;
using Recording.Grains.Rooms.State;
using Recording.Grains.State.Hosting;
using Recording.Model;
using Recording.Storage;

namespace Recording.Grains.Rooms;

/// <summary>
/// The shell around <see cref="RoomSession"/>: stores what it decides, then tells recordings, links and observers. Calls that could come back
/// here are made from a background task, never inside a turn that others wait for.
/// </summary>
internal sealed class RoomGrain : Grain, IRoomGrain
{
    private readonly RoomStateWriter _writer;
    private readonly RoomOptions _options;
    private readonly LiveRooms _rooms;
    private readonly RoomMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<RoomGrain> _logger;
    private readonly RecordingIdSource _ids;
    private readonly RoomWatchers _watchers;
    private readonly List<(string LinkKey, RecordingFailure Failure)> _untold = [];
    private readonly Dictionary<string, RoomDirective> _unsaid = new(StringComparer.Ordinal);
    private readonly HashSet<string> _opening = new(StringComparer.Ordinal);
    private RoomSession _session = null!;
    private RoomOutboxDelivery _delivery = null!;
    private DateTimeOffset _presenceAskedAt;
    private string _roomId = "";
    private bool _isWorking;
    private bool _workAgain;

    public RoomGrain(
        [PersistentState("room", ObjectStoreGrainStorageExtensions.DefaultName)] IPersistentState<RoomState> storage,
        RecordingIdSource ids,
        LiveRooms rooms,
        RoomMetrics metrics,
        IOptions<RoomOptions> options,
        TimeProvider time,
        ILogger<RoomGrain> logger)
    {
        _writer = new RoomStateWriter(storage);
        _ids = ids;
        _rooms = rooms;
        _metrics = metrics;
        _options = options.Value;
        _time = time;
        _logger = logger;
        _watchers = new RoomWatchers(_options.WatchExpiry, time);
    }

    private RoomState State => _writer.State;

    private long NowUs => (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <inheritdoc />
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _roomId = this.GetPrimaryKeyString();
        _writer.Loaded();
        State.RoomId = _roomId;
        _delivery = new RoomOutboxDelivery(GrainFactory, State, _options, _metrics, _logger);
        _session = new RoomSession(State, new RoomRules
        {
            SfuGrace = _options.SfuGrace,
            StartTimeout = _options.StartTimeout,
            StopSettle = _options.StopSettle,
            AutoRetry = _options.AutoRetry,
            HistoryLimit = _options.HistoryLimit,
            MaxTracks = _options.MaxTracksPerRecording,
            MintRecordingId = _ids.Next,
            Prefix = static (room, recording, path) => RecordingKeys.Prefix(room, recording, path),
            EncodeId = RecordingKeys.Encode,
            RoomLimitReached = () => _rooms.IsFullFor(_roomId, _options.MaxConcurrentRooms),
        });
        Absorb(_session.Reactivated(NowUs));
        this.RegisterGrainTimer(
            OnTick,
            new GrainTimerCreationOptions { DueTime = _options.TickInterval, Period = _options.TickInterval, Interleave = true, KeepAlive = false });
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _rooms.Set(_roomId, false);
        await TryStore();
    }

    /// <inheritdoc />
    public async Task<HandleResult> Handle(RoomEventBatch batch)
    {
        var outcome = _session.Handle(batch, NowUs);
        if (outcome.Fenced)
        {
            _metrics.Refused(RecordingErrorCode.FencedOut);
            RoomLog.Fenced(_logger, _roomId, batch.LinkKey, batch.Fence);
            return new HandleResult(true, 0, 0, 0, []);
        }

        _metrics.Handled(batch.Events.Length);
        if (batch.Events.Length > 0)
        {
            _writer.Changed();
        }

        var refusals = outcome.Effects.Refusals;
        Absorb(outcome.Effects);
        if (outcome.Effects.OpenRecording is { Requester.Kind: RequesterKind.Peer } opening)
        {
            try
            {
                await Open(opening);
            }
            catch (RecordingException exception)
            {
                refusals.Add(new RecordingFailure(exception.Code, exception.Message));
            }
        }

        if (outcome.Effects.PersistNow)
        {
            await TryStore();
            Work();
        }

        var (sequence, eventIndex) = _writer.DurableOf(batch.LinkKey, batch.Fence, batch.Epoch);
        refusals.AddRange(_untold.Where(refusal => refusal.LinkKey == batch.LinkKey).Select(static refusal => refusal.Failure));
        _untold.RemoveAll(refusal => refusal.LinkKey == batch.LinkKey);
        return new HandleResult(false, outcome.ExpectedSequence, sequence, eventIndex, [.. refusals]);
    }

    /// <inheritdoc />
    public async Task<StartResult> StartRecording(StartRecordingCommand command)
    {
        var (result, effects) = Command(() => _session.Start(command, NowUs));
        Absorb(effects);
        await Open(effects.OpenRecording!);
        return result;
    }

    /// <inheritdoc />
    public Task StopRecording(StopRecordingCommand command) => Apply(() => _session.Stop(command, NowUs));

    /// <inheritdoc />
    public Task PauseRecording(Requester requester, string? recordingId) => Apply(() => _session.Pause(requester, recordingId, NowUs));

    /// <inheritdoc />
    public Task ResumeRecording(Requester requester, string? recordingId) => Apply(() => _session.Resume(requester, recordingId, NowUs));

    /// <inheritdoc />
    public Task<RoomView?> GetView() => Task.FromResult(_session.View(NowUs));

    /// <inheritdoc />
    public Task Watch(IRoomObserver observer)
    {
        _watchers.Add(observer);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task Unwatch(IRoomObserver observer)
    {
        _watchers.Remove(observer);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task RepeatDirective(string linkKey)
    {
        Absorb(_session.RepeatDirective(linkKey, NowUs));
        Work();
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task RecordingEnded(string recordingId, RecordingStatus status) => Apply(() => _session.RecordingEnded(recordingId, status, NowUs));

    /// <inheritdoc />
    public Task<bool> HasTails(string recordingId) => Task.FromResult(_session.HasTails(recordingId));

    /// <inheritdoc />
    public Task Wake(string recordingId) => Apply(() => _session.Wake(recordingId, NowUs));

    private T Command<T>(Func<T> command)
    {
        try
        {
            return command();
        }
        catch (RecordingException exception)
        {
            _metrics.Refused(exception.Code);
            throw;
        }
    }

    private async Task Apply(Func<RoomEffects> command)
    {
        var effects = Command(command);
        Absorb(effects);
        if (effects.PersistNow)
        {
            await TryStore();
        }

        Work();
    }

    /// <summary>The first write: without it no recording is accepted (4001).</summary>
    private async Task Open(Abstractions.Recordings.RecordingOpening opening)
    {
        _opening.Add(opening.RecordingId);
        try
        {
            await _delivery.OpenAsync(opening);
            Absorb(_session.OpenSucceeded(opening.RecordingId, NowUs));
            await _writer.StoreAsync();
            RoomLog.Opened(_logger, _roomId, opening.RecordingId);
        }
        catch (Exception exception)
        {
            var failure = exception is RecordingException known
                ? new RecordingFailure(known.Code, known.Message)
                : new RecordingFailure(RecordingErrorCode.StoreUnavailable, $"Room {_roomId} could not be stored: {exception.Message}");
            Absorb(_session.OpenFailed(opening.RecordingId, failure, NowUs));
            NoteConflict(exception);
            throw new RecordingException(failure.Code, failure.Message, exception);
        }
        finally
        {
            _opening.Remove(opening.RecordingId);
            Work();
        }
    }

    /// <summary>Takes note of effects: what recordings are told is in their outboxes, what links are told is gathered here.</summary>
    private void Absorb(RoomEffects effects)
    {
        if (effects.PersistNow || effects.Changed || effects.Timeline.Count > 0 || effects.Directives.Count > 0)
        {
            _writer.Changed();
        }

        foreach (var directive in effects.Directives)
        {
            _unsaid[directive.LinkKey] = directive;
        }

        foreach (var refusal in effects.Refusals.Concat(effects.TrackRefusals.Select(static refusal => refusal.Failure)))
        {
            _metrics.Refused(refusal.Code);
        }

        // Each link asks every few seconds: what began with the recording and not with one of its events is said then.
        _untold.AddRange(effects.TrackRefusals);

        foreach (var failure in effects.StartFailures)
        {
            _metrics.Refused(failure.Failure.Code);
            RoomLog.StartFailed(_logger, _roomId, failure.RecordingId, (int)failure.Failure.Code, failure.Failure.Message);
            _watchers.StartFailed(failure);
        }

        if (effects.StopRecording is { } stop)
        {
            RoomLog.Stopped(_logger, _roomId, State.LastRecordingId, stop.Reason, (int)stop.Code);
        }

        _rooms.Set(_roomId, State.Recording is { Status: RecordingStatus.Starting or RecordingStatus.Recording or RecordingStatus.Paused });
        if (effects.Changed && !_watchers.IsEmpty && _session.View(NowUs) is { } view)
        {
            _watchers.Changed(view);
        }
    }

    private async Task<bool> TryStore()
    {
        try
        {
            await _writer.StoreAsync();
            return true;
        }
        catch (Exception exception)
        {
            _metrics.Retried("store");
            if (!NoteConflict(exception))
            {
                RoomLog.StoreFailed(_logger, _roomId, exception);
            }

            return false;
        }
    }

    /// <summary>Another activation has stored this room: it is the one that counts, events that were not durable are sent to it again.</summary>
    private bool NoteConflict(Exception exception)
    {
        if (exception is not InconsistentStateException)
        {
            return false;
        }

        RoomLog.Overtaken(_logger, _roomId, exception);
        DeactivateOnIdle();
        return true;
    }

    private Task OnTick(CancellationToken cancellationToken)
    {
        Absorb(_session.Tick(NowUs));
        _watchers.Expire();
        if (State.Recording is not null || State.Outboxes.Count > 0)
        {
            DelayDeactivation(TimeSpan.FromMinutes(2));
        }

        Work();
        return Task.CompletedTask;
    }

    /// <summary>Starts the background work, or has it go round once more.</summary>
    private void Work()
    {
        _workAgain = true;
        if (!_isWorking)
        {
            _isWorking = true;
            WorkAsync().Ignore();
        }
    }

    private async Task WorkAsync()
    {
        try
        {
            while (_workAgain)
            {
                _workAgain = false;
                var isStored = !_writer.IsDirty || await TryStore();

                // A link is told even when the room could not be stored: capture does not wait for the store.
                await TellLinks();
                if (isStored)
                {
                    await TellRecordings();
                }

                await AskPresence();
            }
        }
        catch (Exception exception)
        {
            _metrics.Retried("background");
            RoomLog.BackgroundFailed(_logger, _roomId, exception);
        }
        finally
        {
            _isWorking = false;
        }
    }

    private async Task TellLinks()
    {
        foreach (var (linkKey, directive) in _unsaid.ToArray())
        {
            try
            {
                await GrainFactory.GetGrain<ISfuLinkGrain>(linkKey).SetDirective(directive).WaitAsync(_options.CallTimeout);
                if (_unsaid.TryGetValue(linkKey, out var newest) && newest.Version == directive.Version)
                {
                    _unsaid.Remove(linkKey);
                }
                else
                {
                    _workAgain = true;
                }
            }
            catch (Exception exception)
            {
                _metrics.Retried("link");
                RoomLog.DirectiveFailed(_logger, _roomId, linkKey, exception);
            }
        }
    }

    private async Task TellRecordings()
    {
        foreach (var outbox in _writer.StoredOutboxes)
        {
            if (outbox.Opening is { } opening)
            {
                var isWanted = State.Recording is { Opened: false } recording && recording.RecordingId == outbox.RecordingId;
                if (isWanted && !_opening.Contains(outbox.RecordingId))
                {
                    await TryOpen(opening);
                }
            }
            else if (await _delivery.DeliverAsync(outbox))
            {
                _writer.Changed();
            }
        }
    }

    private async Task TryOpen(Abstractions.Recordings.RecordingOpening opening)
    {
        try
        {
            await Open(opening);
        }
        catch (RecordingException)
        {
            // Logged as a failed start; the room tries again by itself.
            _metrics.Retried("open");
        }
    }

    /// <summary>Links that are silent: is their gateway still there? A gateway that died says nothing, and a healthy one need not speak to a room.</summary>
    private async Task AskPresence()
    {
        var now = _time.GetUtcNow();
        if (now - _presenceAskedAt < _options.PresenceInterval)
        {
            return;
        }

        _presenceAskedAt = now;
        var isLive = State.Recording is not null;
        foreach (var (linkKey, link) in State.Links.ToArray())
        {
            if (!link.AssumedLost && !(isLive && link.Up && link.RoomOpen) && link.Tails.Count == 0)
            {
                continue;
            }

            try
            {
                var presence = await GrainFactory.GetGrain<ISfuLinkGrain>(linkKey).GetPresence().WaitAsync(_options.CallTimeout);
                if (presence == LinkPresence.Attached)
                {
                    Absorb(_session.LinkPresent(linkKey, NowUs));
                }
                else if (presence == LinkPresence.Absent)
                {
                    Absorb(_session.LinkAbsent(linkKey, NowUs));
                }
                else
                {
                    // A young grain of the link knows nothing of what this room wants, and its gateway may not know the room.
                    Absorb(_session.RepeatDirective(linkKey, NowUs));
                    _workAgain |= _unsaid.Count > 0;
                }
            }
            catch (Exception exception)
            {
                RoomLog.PresenceFailed(_logger, _roomId, linkKey, exception);
            }
        }
    }
}
