using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Placement;
using Orleans.Runtime;
using Recording.Grains.Abstractions.Tracks;
using Recording.Media.TrackFiles;
using Recording.Storage;

namespace Recording.Grains.Tracks;

/// <summary>The actor around a <see cref="TrackLog"/>: starts uploads beside its turns and takes note when they end. Nothing here is persisted.</summary>
[PreferLocalPlacement]
internal sealed class TrackGrain : Grain, ITrackGrain, IDisposable
{
    private static readonly TimeSpan ShortestDue = TimeSpan.FromMilliseconds(10);

    private readonly IObjectStore _store;
    private readonly SegmentUploader _uploader;
    private readonly SegmentRollUp _rollUp;
    private readonly TrackMetrics _metrics;
    private readonly TrackOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<TrackGrain> _logger;
    private readonly TrackLog _log;
    private readonly HashSet<ulong> _confirmed = [];
    private readonly HashSet<Task> _running = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _stopMerging = new();
    private IGrainTimer? _timer;
    private bool _isTimerSet;
    private bool _isMerging;
    private string _prefix = "";
    private string _trackId = "";

    public TrackGrain(
        IGrainContext context,
        IObjectStore store,
        SegmentUploader uploader,
        SegmentRollUp rollUp,
        TrackMetrics metrics,
        IOptions<TrackOptions> options,
        TimeProvider time,
        ILogger<TrackGrain> logger)
    {
        _store = store;
        _uploader = uploader;
        _rollUp = rollUp;
        _metrics = metrics;
        _options = options.Value;
        _time = time;
        _logger = logger;
        _log = new TrackLog(_options, time, context.ActivationId.ToString().TrimStart('@'));
    }

    /// <inheritdoc />
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _timer = this.RegisterGrainTimer(
            OnTimer, new GrainTimerCreationOptions { DueTime = Timeout.InfiniteTimeSpan, Period = Timeout.InfiniteTimeSpan, Interleave = true });
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _stopMerging.CancelAsync();
        _log.Cut(TimeSpan.Zero);
        Drain();
        using var deadline = new CancellationTokenSource(_options.FlushTimeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await Task.WhenAll(_running).WaitAsync(linked.Token);
        }
        catch (OperationCanceledException)
        {
            TrackGrainLog.LeftUnstored(_logger, this.GetPrimaryKeyString(), _log.UnstoredBytes, reason.ReasonCode);
        }

        await _stop.CancelAsync();
    }

    /// <inheritdoc />
    public Task<AppendResult> Open(TrackOpening opening)
    {
        AppendResult result = _log.Open(opening);
        if (result.Status != AppendStatus.Fenced && _confirmed.Add(opening.Epoch))
        {
            _prefix = opening.Prefix;
            _trackId = opening.TrackId;
            Run(ConfirmAsync(opening.Epoch));
        }

        Drain();
        return Task.FromResult(result);
    }

    /// <inheritdoc />
    public Task<AppendResult> Append(TrackBatch batch)
    {
        AppendResult result = _log.Append(batch);
        switch (result.Status)
        {
            case AppendStatus.Malformed:
                _metrics.Malformed();
                TrackGrainLog.Malformed(_logger, this.GetPrimaryKeyString(), batch.Epoch, batch.FirstIndex, batch.Count, _log.LastFault);
                break;
            case AppendStatus.Sealed:
                _metrics.Late(batch.Count);
                break;
            default:
                Drain();
                break;
        }

        return Task.FromResult(result);
    }

    /// <inheritdoc />
    public Task Flush()
    {
        _log.Cut(TimeSpan.Zero);
        Drain();
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task<bool> Seal()
    {
        _stopMerging.Cancel();
        _log.Seal();
        Drain();
        return Task.FromResult(_log.PendingSegments == 0 && !_isMerging);
    }

    /// <inheritdoc />
    public Task<TrackFigures> GetFigures() => Task.FromResult(_log.GetFigures());

    /// <inheritdoc />
    public void Dispose()
    {
        _stop.Dispose();
        _stopMerging.Dispose();
    }

    private Task OnTimer(CancellationToken cancellationToken)
    {
        _isTimerSet = false;
        _log.Cut(_uploader.Interval);
        Drain();
        return Task.CompletedTask;
    }

    /// <summary>Starts the Puts of what was cut and sees that what is open will be cut.</summary>
    private void Drain()
    {
        while (_log.TryTake(out TrackSegment? segment))
        {
            // Kept alive until the last Put is answered; the gateway would have to send it all again.
            DelayDeactivation(Timeout.InfiniteTimeSpan);
            Run(StoreAsync(segment));
        }

        if (_log.IsOpen && !_isTimerSet && _log.PendingSegments < _options.MaxPendingSegments)
        {
            TimeSpan due = _uploader.Interval - _log.OpenFor;
            _timer?.Change(due > ShortestDue ? due : ShortestDue, Timeout.InfiniteTimeSpan);
            _isTimerSet = true;
        }
    }

    private void Run(Task task)
    {
        _running.RemoveWhere(static t => t.IsCompleted);
        if (!task.IsCompleted)
        {
            _running.Add(task);
        }
    }

    /// <summary>Runs beside the turns; each step after an await is a turn of its own on this grain's scheduler.</summary>
    private async Task StoreAsync(TrackSegment segment)
    {
        if (await _uploader.PutAsync(segment, _stop.Token))
        {
            _log.MarkStored(segment);
        }
        else
        {
            _log.Abandon(segment);
        }

        if (_stop.IsCancellationRequested)
        {
            return;
        }

        if (_log.PendingSegments == 0)
        {
            DelayDeactivation(TimeSpan.Zero);
        }

        Drain();
        MergeIfDue();
    }

    private void MergeIfDue()
    {
        if (!_isMerging && !_stopMerging.IsCancellationRequested && _log.PlanRollUp() is { } parts)
        {
            _isMerging = true;
            Run(MergeAsync(parts));
        }
    }

    private async Task MergeAsync(IReadOnlyList<StoredPart> parts)
    {
        RollUpOutcome outcome = await _rollUp.MergeAsync(_prefix, _trackId, parts, _stopMerging.Token);
        _isMerging = false;
        if (outcome == RollUpOutcome.Sealed)
        {
            _log.Confirm([], isSealed: true);
        }

        MergeIfDue();
    }

    private async Task ConfirmAsync(ulong epoch)
    {
        using var deadline = new CancellationTokenSource(_options.ConfirmTimeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _stop.Token);
        try
        {
            (List<SegmentKey> stored, bool isSealed) = await Task.Run(() => ListAsync(linked.Token), linked.Token).WaitAsync(linked.Token);
            _log.Confirm(stored, isSealed);
        }
        catch (Exception exception)
        {
            TrackGrainLog.NotConfirmed(_logger, this.GetPrimaryKeyString(), epoch, exception);
        }

        _log.EndConfirming(epoch);
    }

    private async Task<(List<SegmentKey> Stored, bool IsSealed)> ListAsync(CancellationToken cancellationToken)
    {
        List<SegmentKey> stored = [];
        bool isSealed = false;
        string sealedKey = RecordingKeys.Sealed(_prefix, _trackId);
        await foreach (ObjectInfo found in _store.ListAsync(RecordingKeys.Segments(_prefix, _trackId), cancellationToken))
        {
            if (SegmentKey.TryParse(found.Key, out SegmentKey key))
            {
                stored.Add(key);
            }
            else
            {
                isSealed |= found.Key == sealedKey;
            }
        }

        return (stored, isSealed);
    }
}
