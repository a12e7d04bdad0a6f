using Microsoft.Extensions.Logging;
using Recording.Grains.Abstractions.Jobs;
using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Abstractions.Tracks;
using Recording.Grains.Recordings.State;
using Recording.Model;
using Recording.Model.Documents;
using Recording.Storage;

namespace Recording.Grains.Recordings;

/// <summary>
/// Does whatever a recording needs next, from its stored state: documents while it is live, completion after the stop, terminal state, handing over.
/// Called again and again; calls may not run in parallel, but two runs of one recording in two activations do no harm: commits are by if-match.
/// </summary>
internal sealed class RecordingRun(
    RecordingStateWriter writer,
    TimelineStore timeline,
    IObjectStore store,
    IRecordingNeighbours neighbours,
    IAssemblyRun assembly,
    AssemblySlots slots,
    RecordingsOptions options,
    TimeProvider time,
    RecordingMetrics metrics,
    ILogger logger)
{
    private static readonly TimeSpan JobPollInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FiguresInterval = TimeSpan.FromSeconds(2);

    // Before that the gateway has not called the track's grain, and the grain would come up on the wrong silo.
    private static readonly TimeSpan FiguresDelay = TimeSpan.FromSeconds(5);

    private const int EventsPerExtraSecond = 1_000;

    private readonly TrackCompletion _tracks = new(writer, store, neighbours, assembly, slots, options, time, metrics, logger);
    private readonly RecordingDocuments _documents = new(store, writer, timeline, options.ServiceVersion);
    private readonly StepRetries _steps = new(options, time);
    private readonly Dictionary<string, TrackFigures> _figures = new(StringComparer.Ordinal);
    private RecordingSummary? _indexed;
    private long _documented = -1;
    private long _changes;
    private DateTimeOffset _documentsNotBefore;
    private DateTimeOffset _figuresNotBefore;
    private DateTimeOffset _jobsNotBefore;
    private DateTimeOffset? _roomCheckAt;
    private DateTimeOffset? _unknownSince;
    private bool _isWoken;
    private bool _jobsSettled;
    private bool _isClean;

    private RecordingState State => writer.State;

    private string RecordingId => State.Opening!.RecordingId;

    /// <summary>Newest live counters by track.</summary>
    public IReadOnlyDictionary<string, TrackFigures> Figures => _figures;

    /// <summary>Somebody looks at the live counters.</summary>
    public bool IsWatched { get; set; }

    /// <summary>Jobs that somebody waits for are not all over, or not yet handed over.</summary>
    public bool IsProcessing => State.HandoffPending || (State.JobIds.Count > 0 && !_jobsSettled);

    /// <summary>Terminal, handed over, everybody knows.</summary>
    public bool IsDone => RecordingLifecycle.PhaseOf(State) == RecordingPhase.Finished && _indexed is { Finished: true } && _isClean && !State.AcknowledgementPending && !IsProcessing;

    /// <summary>Something changed that the documents show.</summary>
    public void NoteChange()
    {
        _changes++;
        _isClean &= RecordingLifecycle.PhaseOf(State) == RecordingPhase.Finished;
    }

    /// <summary>Asks at the next pass whether the room still records this.</summary>
    public void CheckRoom() => _roomCheckAt ??= time.GetUtcNow();

    /// <summary>The caller has just opened it: the index has this entry, and the room knows.</summary>
    public void Opened(RecordingSummary summary)
    {
        _indexed = summary;
        _isWoken = true;
    }

    /// <summary>Writes metadata.json as things are now.</summary>
    public Task WriteMetadataAsync(CancellationToken cancellationToken) => _documents.WriteMetadataAsync(State, _figures, cancellationToken);

    /// <summary>One pass: as far as it can go now. Failed steps rest and are tried at a later pass.</summary>
    public async Task AdvanceAsync(CancellationToken cancellationToken)
    {
        _steps.Failed ??= (step, failures, delay, cause) =>
        {
            metrics.Retried(step.Split('/')[0]);
            RecordingsLog.StepFailed(logger, RecordingId, step, failures, delay.TotalSeconds, cause);
        };
        if (State.DeletedAtUs > 0)
        {
            await DeletedAsync(cancellationToken);
            return;
        }

        if (RecordingLifecycle.PhaseOf(State) == RecordingPhase.None
            || !await _steps.TryAsync("load", () => timeline.LoadAsync(State.TerminalEventId is not null, cancellationToken), cancellationToken))
        {
            return;
        }

        await _steps.TryAsync("commit", writer.CommitAsync, cancellationToken);
        await IndexAsync(cancellationToken);
        if (RecordingLifecycle.PhaseOf(State) is RecordingPhase.Live or RecordingPhase.Completing)
        {
            await CheckRoomAsync(cancellationToken);
        }

        if (RecordingLifecycle.PhaseOf(State) == RecordingPhase.Live)
        {
            await DocumentAsync(cancellationToken);
        }

        if (RecordingLifecycle.PhaseOf(State) is RecordingPhase.Completing or RecordingPhase.Reassembling)
        {
            // Side by side: one that waits for its packets does not hold up the others.
            await Task.WhenAll(State.Tracks.Where(static t => !t.IsSettled).ToList().Select(track =>
                _steps.TryAsync("track/" + track.TrackId, () => _tracks.AdvanceAsync(track, cancellationToken), cancellationToken)));
            if (RecordingLifecycle.PhaseOf(State) == RecordingPhase.Completing)
            {
                await DocumentAsync(cancellationToken);
            }
        }

        // The room's last words about the stop are on their way beside the stop itself.
        if (RecordingLifecycle.PhaseOf(State) == RecordingPhase.Concluding
            && DocumentTime.ToMicroseconds(time.GetUtcNow()) >= State.StoppedAtUs + RecordingLifecycle.Microseconds(options.ConcludeDelay))
        {
            await _steps.TryAsync("conclude", () => ConcludeAsync(cancellationToken), cancellationToken);
        }

        if (RecordingLifecycle.PhaseOf(State) == RecordingPhase.HandingOver)
        {
            await _steps.TryAsync("handover", () => HandOverAsync(cancellationToken), cancellationToken);
        }

        if (RecordingLifecycle.PhaseOf(State) == RecordingPhase.Republishing)
        {
            await _steps.TryAsync("republish", () => RepublishAsync(cancellationToken), cancellationToken);
        }

        if (RecordingLifecycle.PhaseOf(State) == RecordingPhase.Finished)
        {
            if (State.AcknowledgementPending)
            {
                await _steps.TryAsync("acknowledge", AcknowledgeAsync, cancellationToken);
            }

            await CleanAsync(cancellationToken);
            await IndexAsync(cancellationToken);
            await PollJobsAsync(cancellationToken);
        }
    }

    private Task IndexAsync(CancellationToken cancellationToken)
    {
        var summary = RecordingLifecycle.Summary(State);

        // What the index takes for finished is not driven any more: not before nothing is left over.
        summary = summary with { Finished = summary.Finished && _isClean && !State.AcknowledgementPending };
        return summary == _indexed ? Task.CompletedTask : _steps.TryAsync("index", PutAsync, cancellationToken);

        async Task PutAsync()
        {
            await neighbours.PutIndexAsync(summary);
            _indexed = summary;
        }
    }

    private async Task CheckRoomAsync(CancellationToken cancellationToken)
    {
        if (_roomCheckAt is not { } due || time.GetUtcNow() < due)
        {
            return;
        }

        await _steps.TryAsync("room", State.Stop is null ? AskAsync : RouseAsync, cancellationToken);

        // After a restart nobody else wakes it, and it alone knows what its SFUs may still have to send of tracks that ended.
        async Task RouseAsync()
        {
            _ = await neighbours.GetRoomAsync(State.Opening!.RoomId);
            _roomCheckAt = null;
        }

        async Task AskAsync()
        {
            var roomId = State.Opening!.RoomId;
            if (!_isWoken)
            {
                await neighbours.WakeRoomAsync(roomId, RecordingId);
                _isWoken = true;
            }

            var room = await neighbours.GetRoomAsync(roomId);
            if (room?.RecordingId == RecordingId)
            {
                _unknownSince = null;
                _roomCheckAt = null;
                return;
            }

            var now = time.GetUtcNow();
            _unknownSince ??= now;
            _roomCheckAt = _unknownSince + options.SfuGrace;
            if (now < _roomCheckAt || State.Stop is not null)
            {
                return;
            }

            RecordingsLog.Abandoned(logger, RecordingId, roomId);
            var nowUs = DocumentTime.ToMicroseconds(now);
            RecordingLifecycle.Stop(
                State,
                new RecordingStop
                {
                    EndedAtUs = nowUs,
                    Status = State.StartedAtUs == 0 ? RecordingStatus.Failed : RecordingStatus.Interrupted,
                    Reason = "link_lost",
                    Code = RecordingErrorCode.HeartbeatLost,
                },
                nowUs);
            writer.Changed();
            await writer.CommitAsync();
        }
    }

    private async Task DocumentAsync(CancellationToken cancellationToken)
    {
        await RefreshFiguresAsync();
        var version = _changes + timeline.Version;
        if (version == _documented || time.GetUtcNow() < _documentsNotBefore)
        {
            return;
        }

        // A long timeline is rewritten less often.
        _documentsNotBefore = time.GetUtcNow() + options.DocumentInterval + TimeSpan.FromSeconds(timeline.Count / EventsPerExtraSecond);
        if (await _steps.TryAsync("documents", WriteAsync, cancellationToken))
        {
            _documented = version;
        }

        async Task WriteAsync()
        {
            await _documents.WriteEventsAsync(State, cancellationToken);
            await _documents.WriteMetadataAsync(State, _figures, cancellationToken);
        }
    }

    private async Task RefreshFiguresAsync()
    {
        var now = time.GetUtcNow();
        if (now < _figuresNotBefore || !(IsWatched || now >= _documentsNotBefore))
        {
            return;
        }

        _figuresNotBefore = now + FiguresInterval;
        IsWatched = false;
        var startedBefore = DocumentTime.ToMicroseconds(now - FiguresDelay);
        await Task.WhenAll(State.Tracks.Where(t => t.Phase == TrackPhase.Live && t.Registration.StartedAtUs < startedBefore).ToList().Select(async track =>
            await _steps.TryAsync("figures/" + track.TrackId, async () => _figures[track.TrackId] = await neighbours.GetFiguresAsync(RecordingId, track.TrackId), CancellationToken.None)));
    }

    private async Task ConcludeAsync(CancellationToken cancellationToken)
    {
        using var span = RecordingTrace.StartForKey("recording.conclude", State.Opening!.Prefix);
        await writer.CommitAsync();
        timeline.Freeze();
        await timeline.FlushAsync(cancellationToken);

        // The documents are made from a copy: nothing else that is committed meanwhile may take the terminal state along before they stand.
        var final = State.Copy();
        RecordingLifecycle.Conclude(final, RecordingLifecycle.EndOf(final, timeline.Events));
        final.JobIds = [.. RecordingJobs.Awaited(final, options).Select(JobIds.For)];
        await _documents.WriteEventsAsync(final, cancellationToken);
        await _documents.WriteMetadataAsync(final, null, cancellationToken);

        State.EndedAtUs = final.EndedAtUs;
        State.Status = final.Status;
        State.TerminalEventId = final.TerminalEventId;
        State.HandoffPending = true;
        State.JobIds = final.JobIds;
        State.Documents = final.Documents;
        writer.Changed();
        await writer.CommitAsync();
        metrics.Ended(State.Status);
        RecordingsLog.Ended(logger, RecordingId, State.Status);
    }

    private async Task HandOverAsync(CancellationToken cancellationToken)
    {
        // A commit that failed may have left the terminal state in memory only: it must stand before anything follows from it.
        await writer.CommitAsync();

        // Another activation that was slow to notice may have written over it.
        await _documents.WriteEventsAsync(State, cancellationToken);
        await _documents.WriteMetadataAsync(State, null, cancellationToken);
        foreach (var spec in RecordingJobs.All(State, options))
        {
            await neighbours.CreateJobAsync(JobIds.For(spec), spec);
        }

        if (OutputNames.DescribeUnknown(RecordingLifecycle.NewestPolicy(State)) is { Length: > 0 } unknown)
        {
            metrics.OutputsUnknown();
            RecordingsLog.OutputsUnknown(logger, RecordingId, unknown);
        }

        State.AcknowledgementPending = await neighbours.RecordingEndedAsync(State.Opening!.RoomId, RecordingId, State.Status);
        State.HandoffPending = false;
        writer.Changed();
        await writer.CommitAsync();
    }

    /// <summary>Keeps the room awake, also over a restart, until its SFUs have let go of what they hold.</summary>
    private async Task AcknowledgeAsync()
    {
        if (!await neighbours.RecordingEndedAsync(State.Opening!.RoomId, RecordingId, State.Status))
        {
            State.AcknowledgementPending = false;
            writer.Changed();
            await writer.CommitAsync();
        }
    }

    /// <summary>The documents show what came late; the terminal state and its event stay what they were.</summary>
    private async Task RepublishAsync(CancellationToken cancellationToken)
    {
        await writer.CommitAsync();
        var final = State.Copy();
        final.EndedAtUs = Math.Max(State.EndedAtUs, RecordingLifecycle.EndOf(State, timeline.Events));
        await _documents.WriteMetadataAsync(final, null, cancellationToken);
        State.EndedAtUs = final.EndedAtUs;
        State.Reopened = false;
        writer.Changed();
        await writer.CommitAsync();
        RecordingsLog.Republished(logger, RecordingId);
    }

    private async Task DeletedAsync(CancellationToken cancellationToken)
    {
        if (!State.Purged)
        {
            await _steps.TryAsync("delete", () => PurgeAsync(cancellationToken), cancellationToken);
        }

        (_isClean, _jobsSettled) = (State.Purged, true);
        await IndexAsync(cancellationToken);
    }

    /// <summary>The tombstone first: whoever reads it looks for no file, and no job hands over any more.</summary>
    private async Task PurgeAsync(CancellationToken cancellationToken)
    {
        await writer.CommitAsync();
        await neighbours.CancelJobsAsync(RecordingId);
        try
        {
            await timeline.LoadAsync(true, cancellationToken);
            await _documents.WriteMetadataAsync(State, null, cancellationToken);
        }
        catch (RecordingException e) when (e.Code == RecordingErrorCode.NotFound)
        {
            // Broken off in the midst of deleting: then the tombstone stands already.
            RecordingsLog.DeletionResumed(logger, RecordingId);
        }

        // What a job stored without having handed it over goes too: nobody else would ever remove it (decision 041).
        var keys = RecordingLifecycle.Manifest(State).ToHashSet(StringComparer.Ordinal);
        await foreach (var info in store.ListAsync(RecordingKeys.Processed(State.Opening!.Prefix), cancellationToken))
        {
            keys.Add(info.Key);
        }

        foreach (var key in keys)
        {
            await store.DeleteAsync(key, cancellationToken);
        }

        State.Purged = true;
        writer.Changed();
        await writer.CommitAsync();
        RecordingsLog.Deleted(logger, RecordingId, State.DeletedBy, keys.Count);
    }

    /// <summary>Removes what only a live recording needs, and track files that a later one replaced.</summary>
    private async Task CleanAsync(CancellationToken cancellationToken)
    {
        if (!_isClean)
        {
            _isClean = await _steps.TryAsync("clean", DeleteAsync, cancellationToken) && !State.Reopened;
        }

        async Task DeleteAsync()
        {
            List<string> keys = [];
            var prefix = State.Opening!.Prefix;
            var seals = State.Tracks.Select(t => RecordingKeys.Sealed(prefix, t.TrackId)).ToHashSet(StringComparer.Ordinal);
            await foreach (var info in store.ListAsync(RecordingKeys.Segments(prefix), cancellationToken))
            {
                if (seals.Contains(info.Key) || info.Key.StartsWith(prefix + TimelineStore.FolderName, StringComparison.Ordinal))
                {
                    keys.Add(info.Key);
                }
            }

            await foreach (var info in store.ListAsync(RecordingKeys.Tracks(prefix), cancellationToken))
            {
                // Older ones only: another activation may have made a newer one.
                if (RecordingKeys.TryParseTrackFile(info.Key, out var trackId, out var revision)
                    && RecordingLifecycle.Find(State, trackId) is { } track
                    && RecordingKeys.TryParseTrackFile(track.File, out _, out var current) && revision < current)
                {
                    keys.Add(info.Key);
                }
            }

            foreach (var key in keys)
            {
                await store.DeleteAsync(key, cancellationToken);
            }
        }
    }

    private async Task PollJobsAsync(CancellationToken cancellationToken)
    {
        if (!_jobsSettled && State.JobIds.Count > 0 && time.GetUtcNow() >= _jobsNotBefore)
        {
            _jobsNotBefore = time.GetUtcNow() + JobPollInterval;
            await _steps.TryAsync("jobs", AskAsync, cancellationToken);
        }

        async Task AskAsync()
        {
            var views = await Task.WhenAll(State.JobIds.Select(neighbours.GetJobAsync));
            _jobsSettled = Array.TrueForAll(views, static v => v is null or { Status: JobStatus.Completed or JobStatus.Failed or JobStatus.Cancelled });
        }
    }
}
