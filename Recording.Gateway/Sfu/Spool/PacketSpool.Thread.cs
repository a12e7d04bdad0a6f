using Recording.Media.TrackFiles;

namespace Recording.Gateway.Sfu.Spool;

/// <content>What the spool's own thread does.</content>
internal sealed partial class PacketSpool
{
    private void Run()
    {
        while (!_isStopping)
        {
            _wake.WaitOne(_options.RetryInterval);
            if (_own is null)
            {
                TryOpen();
            }

            Commit();
            _log?.CloseEmptyHead(_state == SpoolState.Full);
            Upkeep();
            LogHolding();
            if (_state == SpoolState.Full && CanTake && _bounds.HasRoom(Bytes))
            {
                Unblock();
            }
        }

        Commit();
    }

    private void LogHolding()
    {
        int tracks = Tracks;
        if (tracks == 0)
        {
            if (_holdingLoggedAt != 0)
            {
                _holdingLoggedAt = 0;
                SpoolLogMessages.Drained(_logger);
            }
        }
        else if (_holdingLoggedAt == 0 || _time.GetElapsedTime(_holdingLoggedAt) >= s_logInterval)
        {
            _holdingLoggedAt = _time.GetTimestamp();
            SpoolLogMessages.Holding(_logger, (int)Model.RecordingErrorCode.StoreUnavailable, tracks, Bytes, OldestAge.TotalSeconds);
        }
    }

    private void Commit()
    {
        List<SpoolWrite> writes;
        List<(SpoolTrack Track, BlockKind Kind)> notes;
        lock (_gate)
        {
            (writes, _writes) = (_writes, []);
            (notes, _notes) = (_notes, []);
        }

        if (_journal is null || _log is null)
        {
            writes.ForEach(static w => w.Done(null));
            return;
        }

        foreach ((SpoolTrack track, BlockKind kind) in notes)
        {
            _journal.Note(track, kind);
        }

        int fitting = 0;
        try
        {
            fitting = writes.Count == 0 ? 0 : _bounds.Fitting(writes, Bytes);
            _journal.Save(flush: fitting > 0);
            List<SpoolRecord[]> placed = fitting == 0 ? [] : _log.Write(writes.GetRange(0, fitting));
            for (int i = 0; i < placed.Count; i++)
            {
                writes[i].Done(placed[i]);
            }

            if (fitting < writes.Count)
            {
                Block(SpoolState.Full, _bounds.Reason);
            }
            else if (writes.Count > 0 || _state == SpoolState.Failing)
            {
                Unblock();
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            fitting = 0;
            _metrics.Failed();
            Block(IsNoSpace(exception) ? SpoolState.Full : SpoolState.Failing, exception.Message);
        }

        for (int i = fitting; i < writes.Count; i++)
        {
            writes[i].Done(null);
        }
    }

    // ENOSPC and EDQUOT.
    private static bool IsNoSpace(Exception exception) => (exception.HResult & 0xFFFF) is 28 or 122;

    private void Block(SpoolState state, string reason)
    {
        Reason = reason;
        Volatile.Write(ref _retryAt, _time.GetTimestamp() + (long)(_options.RetryInterval.TotalSeconds * _time.TimestampFrequency));
        bool isNew = _state != state;
        _state = state;
        if (isNew || _time.GetElapsedTime(_blockedLoggedAt) >= s_logInterval)
        {
            _blockedLoggedAt = _time.GetTimestamp();
            SpoolLogMessages.Blocked(_logger, (int)Model.RecordingErrorCode.SpoolFull, state, reason, Bytes);
        }
    }

    private void Unblock()
    {
        if (_state != SpoolState.Taking)
        {
            _state = SpoolState.Taking;
            SpoolLogMessages.Unblocked(_logger, Bytes);
        }
    }

    private void TryOpen()
    {
        try
        {
            SpoolFolder own = _folders.Create();
            _journal = new SpoolJournal(own);
            _log = new SpoolLog(own, _options, _metrics, _time) { Begun = Add, Emptied = Bury };
            lock (_gate)
            {
                _own = own;
            }

            Unblock();
            SpoolLogMessages.Opened(_logger, own.Path, _options.MaxBytes, _options.ReserveBytes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Reason = exception.Message;
            if (!_options.IsDefault)
            {
                Block(SpoolState.Failing, exception.Message);
            }
        }
    }

    /// <summary>Deletes files that nobody needs, and the folders of processes that are gone once they are empty.</summary>
    private void Upkeep()
    {
        List<SpoolFile> dead;
        List<SpoolFolder> left;
        lock (_gate)
        {
            (dead, _dead) = (_dead, []);
            (left, _left) = (_left, []);
        }

        foreach (SpoolFile file in dead)
        {
            Try(file.Path, () => Remove(file));
        }

        foreach (SpoolFolder folder in left)
        {
            foreach (SpoolFile file in Locked(() => _files.FindAll(f => f.Folder == folder)))
            {
                Try(file.Path, () => Remove(file));
            }

            Try(folder.Path, folder.RemoveIfEmpty);
        }
    }

    private void Remove(SpoolFile file)
    {
        file.Dispose();
        if (file.IsDamaged)
        {
            _folders.KeepAside(file);
        }
        else
        {
            File.Delete(file.Path);
        }

        lock (_gate)
        {
            _files.Remove(file);
        }
    }

    private void Try(string what, Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            SpoolLogMessages.UpkeepFailed(_logger, exception, what);
        }
    }
}
