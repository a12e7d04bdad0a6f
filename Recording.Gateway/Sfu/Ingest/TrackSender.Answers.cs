using Orleans.Runtime;
using Recording.Grains.Abstractions.Tracks;

namespace Recording.Gateway.Sfu.Ingest;

/// <content>What follows from each answer of the track, or from none.</content>
internal sealed partial class TrackSender
{
    private void OnOpened(AppendResult result, ulong fence)
    {
        lock (_gate)
        {
            _failures = 0;
            if (IsOvertaken(result, fence))
            {
                PauseIfIdle(progress: false);
                return;
            }

            if (result.Status is AppendStatus.Sealed or AppendStatus.Fenced)
            {
                Close(result.Status);
                return;
            }

            _needsOpening = false;
            if (!Retained.IsEmpty && Retained.FirstIndex < _replayEnd)
            {
                // What the track says is stored may be what it gave up: all is sent, and the track leaves out what it has.
                _window = result.WindowBytes;
                Retained.SeekTo(StoredIndex + 1, isNew: true);
                return;
            }

            Apply(result);
            Retained.SeekTo(result.ExpectedIndex, isNew: true);
        }
    }

    private void OnAppended(RetainedBatch? batch, AppendResult result, ulong fence)
    {
        lock (_gate)
        {
            _failures = 0;
            switch (result.Status)
            {
                case AppendStatus.Fenced when IsOvertaken(result, fence):
                    PauseIfIdle(progress: false);
                    return;
                case AppendStatus.Sealed or AppendStatus.Fenced:
                    Close(result.Status);
                    return;
                case AppendStatus.NeedsOpening:
                    _needsOpening = true;
                    PauseIfIdle(progress: false);
                    return;
                case AppendStatus.Malformed when batch is not null:
                    Skip(batch, "malformed");
                    return;
            }

            bool taken = batch is not null && ReferenceEquals(Retained.Next, batch) && (IsReplay(batch)
                ? result.Status == AppendStatus.Accepted && result.ExpectedIndex >= batch.EndIndex
                : result.ExpectedIndex == batch.EndIndex && (batch.Count > 0 || result.Status == AppendStatus.Accepted));
            if (taken)
            {
                Retained.Advance();
            }

            Apply(result);
            if (!taken && !(Retained.Next is { } next && IsReplay(next) && result.ExpectedIndex >= next.FirstIndex))
            {
                Retained.SeekTo(result.ExpectedIndex, isNew: false);
            }

            if (!result.HoldsUnstored)
            {
                Retained.ReleaseMarkers();
            }

            PauseIfIdle(batch is null || !ReferenceEquals(Retained.Next, batch));
        }
    }

    // Our own link took its lease anew while the call was on its way, and another call of this track was faster: only this call is too old.
    private bool IsOvertaken(AppendResult result, ulong fence) => result.Status == AppendStatus.Fenced && fence < _fence.Value;

    private void Apply(AppendResult result)
    {
        _window = result.WindowBytes;
        ulong stored = Retained.Next is { } next && IsReplay(next) ? Math.Min(result.StoredIndex, next.FirstIndex - 1) : result.StoredIndex;
        StoredIndex = Math.Max(StoredIndex, stored);

        // Also where it did not rise: what a link sends again may have been stored by a process before this one.
        Retained.Release(StoredIndex);
    }

    // The same batch again and again, or an activation that forgets its opening at once: not in a tight loop.
    private void PauseIfIdle(bool progress)
    {
        _idleAnswers = progress ? 0 : _idleAnswers + 1;
        if (_idleAnswers > 1)
        {
            _retryAt = After(s_blockedInterval);
        }
    }

    private void OnDamaged(RetainedBatch batch)
    {
        lock (_gate)
        {
            Skip(batch, "spool_damaged");
        }
    }

    private void Skip(RetainedBatch batch, string reason)
    {
        SfuLinkLog.BatchRefused(_context.Logger, _identity.RecordingId, _identity.TrackId, _epoch, batch.FirstIndex, batch.Count);
        RetainedBatch replacement = batch with { Blocks = [], Record = null };
        if (batch.Count > 0)
        {
            var builder = new BatchBuilder(_epoch);
            long now = UnixTime.Microseconds(_context.Time);
            builder.TrySkip(batch.FirstIndex, batch.Count, reason, now, now);
            replacement = builder.Build() with { AfterHole = batch.AfterHole };
        }

        if (ReferenceEquals(Retained.Next, batch))
        {
            Retained.ReplaceNext(replacement);
        }

        _context.Metrics.Refused("batch");
        _retryAt = After(s_blockedInterval);
    }

    private void Close(AppendStatus status)
    {
        bool isNew = Closed != status;
        if (status == AppendStatus.Fenced && isNew && _fence.Value != 0 && !Retained.IsEmpty)
        {
            // Nothing more comes from this link, but what it brought is identified by its epoch and index: it harms nobody, and may be all there is.
            Closed = status;
            _fence = new LinkFence();
            _needsOpening = true;
            _replayEnd = Retained.EndIndex;
            SfuLinkLog.TrackClosed(_context.Logger, _identity.RecordingId, _identity.TrackId, _epoch, status.ToString(), 0);
            return;
        }

        if (status == AppendStatus.Sealed && Retained.SpooledCount > 0)
        {
            // It was acknowledged: the recording is told, and takes it late.
            WasSealed = true;
            IsHeldBack = true;
            _needsOpening = true;
            return;
        }

        Closed = status;
        long packets = Retained.Clear();
        if (packets > 0)
        {
            _context.Metrics.Late(packets);
        }

        SfuLinkLog.TrackClosed(_context.Logger, _identity.RecordingId, _identity.TrackId, _epoch, status.ToString(), packets);
    }

    private void OnFailed(CallKind kind, Exception exception)
    {
        bool expected = exception is TimeoutException or SiloUnavailableException or OrleansMessageRejectionException;
        _context.Metrics.CallFailed(kind.ToString());
        lock (_gate)
        {
            _failures++;
            TimeSpan wait = expected ? s_firstRetry * (1 << Math.Min(_failures - 1, 5)) : s_longestRetry;
            _retryAt = After(wait < s_longestRetry ? wait : s_longestRetry);
            if (_failures > 1 && _loggedAt != 0 && _context.Time.GetElapsedTime(_loggedAt) < s_logInterval)
            {
                return;
            }

            _loggedAt = _context.Time.GetTimestamp();
        }

        SfuLinkLog.TrackCallFailed(_context.Logger, exception, _identity.RecordingId, _identity.TrackId, kind.ToString(), _failures);
    }
}
