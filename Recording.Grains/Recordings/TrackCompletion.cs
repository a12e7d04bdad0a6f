using Microsoft.Extensions.Logging;
using Orleans.Storage;
using Recording.Grains.Recordings.State;
using Recording.Storage;

namespace Recording.Grains.Recordings;

/// <summary>
/// Takes one track of a stopped recording from live segments to one file. Each step ends with a commit and the next one starts from what is
/// committed, so it may be broken off anywhere and run again, also by two at once.
/// </summary>
internal sealed class TrackCompletion(
    RecordingStateWriter writer,
    IObjectStore store,
    IRecordingNeighbours neighbours,
    IAssemblyRun assembly,
    AssemblySlots slots,
    RecordingsOptions options,
    TimeProvider time,
    RecordingMetrics metrics,
    ILogger logger)
{
    private readonly TrackSealer _sealer = new(store, neighbours);
    private readonly Dictionary<string, int> _faults = new(StringComparer.Ordinal);

    private string RecordingId => writer.State.Opening!.RecordingId;

    private string Prefix => writer.State.Opening!.Prefix;

    /// <summary>Goes as far as it can now. Returns early while packets may still come.</summary>
    public async Task AdvanceAsync(TrackState track, CancellationToken cancellationToken)
    {
        if (track.Phase == TrackPhase.Live && !await SealAsync(track, cancellationToken))
        {
            return;
        }

        // A segment that turns up late takes it back to Sealed; it cannot do so for ever, because nothing is accepted any more.
        while (!track.IsSettled)
        {
            switch (track.Phase)
            {
                case TrackPhase.Sealed:
                    if (!await AssembleAsync(track, cancellationToken))
                    {
                        return;
                    }

                    break;
                case TrackPhase.Assembled:
                    await CloseListAsync(track, cancellationToken);
                    break;
                case TrackPhase.Cleaning:
                    await CleanAsync(track, cancellationToken);
                    break;
                default:
                    if (!await TakeLateAsync(track, cancellationToken))
                    {
                        return;
                    }

                    break;
            }
        }
    }

    private async Task<bool> SealAsync(TrackState track, CancellationToken cancellationToken)
    {
        var nowUs = Model.Documents.DocumentTime.ToMicroseconds(time.GetUtcNow());
        var decision = RecordingLifecycle.DecideSeal(writer.State, track, nowUs, options);
        if (decision == SealDecision.WaitForSilence)
        {
            var figures = await neighbours.GetFiguresAsync(RecordingId, track.TrackId);
            decision = RecordingLifecycle.IsSilent(figures, nowUs, options) ? SealDecision.Seal : SealDecision.Wait;
        }

        var insist = nowUs >= RecordingLifecycle.GraceEndUs(writer.State, track, options) + RecordingLifecycle.Microseconds(options.SealWait);
        if (decision == SealDecision.SealIncomplete && await IsHeldUpAsync(track, nowUs, insist))
        {
            decision = SealDecision.Wait;
        }

        if (decision == SealDecision.Wait)
        {
            return false;
        }

        if (await _sealer.SealAsync(RecordingId, Prefix, track.TrackId, insist, cancellationToken) is not { } segments)
        {
            return false;
        }

        // A gateway may have come back while the store was asked; it is answered "sealed" from now on, and what it brings counts as late.
        RecordingLifecycle.Seal(track, segments);
        writer.Changed();
        try
        {
            await writer.CommitAsync();
        }
        catch (InconsistentStateException)
        {
            await UnsealAsync(track.TrackId, cancellationToken);
            throw;
        }

        RecordingsLog.Sealed(logger, RecordingId, track.TrackId, segments.Count);
        return true;
    }

    private async Task<bool> IsHeldUpAsync(TrackState track, long nowUs, bool insist)
    {
        try
        {
            return RecordingLifecycle.IsHeldUp(writer.State, track, await neighbours.GetFiguresAsync(RecordingId, track.TrackId), nowUs, options);
        }
        catch (Exception) when (insist)
        {
            return false;
        }
    }

    /// <summary>Overtaken: if the other activation is through already with a newer list, nobody else would remove the file that this one has just made.</summary>
    private async Task RemoveOvertakenAsync(string trackId, string? file, CancellationToken cancellationToken)
    {
        var prefix = Prefix;
        var other = await writer.ReadOtherAsync();
        if (file is not null && RecordingLifecycle.PhaseOf(other) == RecordingPhase.Finished && RecordingLifecycle.Find(other, trackId) is { } track
            && RecordingKeys.TryParseTrackFile(file, out _, out var revision) && RecordingKeys.TryParseTrackFile(track.File, out _, out var current) && revision < current)
        {
            await store.DeleteAsync(prefix + file, cancellationToken);
        }
    }

    /// <summary>Overtaken: if the other activation is through already, nobody else would remove what this one has just put up.</summary>
    private async Task UnsealAsync(string trackId, CancellationToken cancellationToken)
    {
        var key = RecordingKeys.Sealed(Prefix, trackId);
        if (RecordingLifecycle.PhaseOf(await writer.ReadOtherAsync()) == RecordingPhase.Finished)
        {
            await store.DeleteAsync(key, cancellationToken);
        }
    }

    /// <summary>False = the list of segments is another one now. It ends the pass, so that the next fault is not taken for one more failure of the last.</summary>
    private async Task<bool> AssembleAsync(TrackState track, CancellationToken cancellationToken)
    {
        // What was changed in memory by a commit that failed must be stored before anything is built on it.
        await writer.CommitAsync();
        var assembled = track.Base is null ? null : track.Assembled;
        if (track.Segments.Count > 0)
        {
            try
            {
                assembled = await RunAssemblyAsync(track, cancellationToken);
            }
            catch (SegmentMissingException e)
            {
                await ReplaceMissingAsync(track, e, cancellationToken);
                return false;
            }
            catch (SegmentDamagedException e)
            {
                await AcceptDamageAsync(track, e);
                return false;
            }
            catch (BaseDamagedException e)
            {
                await AbandonLateAsync(track, e);
                return false;
            }

            RecordingsLog.Assembled(logger, RecordingId, track.TrackId, assembled?.Packets ?? 0, assembled?.Size ?? 0);
        }

        track.Assembled = assembled;
        track.Phase = TrackPhase.Assembled;
        writer.Changed();
        try
        {
            await writer.CommitAsync();
        }
        catch (InconsistentStateException)
        {
            await RemoveOvertakenAsync(track.TrackId, assembled?.File, cancellationToken);
            throw;
        }

        return true;
    }

    private async Task<AssembledTrack?> RunAssemblyAsync(TrackState track, CancellationToken cancellationToken)
    {
        var request = new AssemblyRequest(Prefix, track.TrackId, RecordingKeys.TrackFile(track.TrackId, track.Revision), [.. track.Segments], track.Base);
        await slots.EnterAsync(cancellationToken);
        try
        {
            var started = time.GetTimestamp();
            // Checksums and hashes are long work: never on a grain's scheduler.
            var assembled = await Task.Run(() => assembly.RunAsync(request, cancellationToken), cancellationToken);
            metrics.Assembled(time.GetElapsedTime(started), assembled?.Size ?? 0);
            return assembled;
        }
        finally
        {
            slots.Leave();
        }
    }

    private async Task ReplaceMissingAsync(TrackState track, SegmentMissingException missing, CancellationToken cancellationToken)
    {
        metrics.SegmentMissing();
        var listed = await _sealer.ListAsync(Prefix, track.TrackId, cancellationToken);
        if (new SegmentCoverage(listed).Covers(missing.Name))
        {
            // A merge of small segments ended late: the same packets lie in a larger one.
            RecordingLifecycle.Seal(track, track.Base is null ? listed : [.. Uncovered(new SegmentCoverage(track.Base.Held), listed)]);
        }
        else
        {
            ThrowUntilTriedOften(missing.Name, missing);
            RecordingsLog.SegmentLost(logger, RecordingId, track.TrackId, missing.Name);
            RecordingLifecycle.DropSegment(track, missing.Name);
        }

        writer.Changed();
        await writer.CommitAsync();
    }

    private async Task AcceptDamageAsync(TrackState track, SegmentDamagedException damaged)
    {
        ThrowUntilTriedOften(damaged.Name, damaged);
        RecordingsLog.SegmentDamaged(logger, RecordingId, track.TrackId, damaged.Name, damaged);
        RecordingLifecycle.MarkDamaged(track, damaged.Name);
        writer.Changed();
        await writer.CommitAsync();
    }

    /// <summary>A store may come to itself: only what was found several times is believed.</summary>
    private void ThrowUntilTriedOften(string segment, Exception cause)
    {
        var attempts = _faults[segment] = _faults.GetValueOrDefault(segment) + 1;
        if (attempts < options.MissingSegmentAttempts)
        {
            throw new Model.RecordingException(Model.RecordingErrorCode.FinalizationFailed, cause.Message, cause);
        }
    }

    private async Task AbandonLateAsync(TrackState track, BaseDamagedException damaged)
    {
        ThrowUntilTriedOften(damaged.File, damaged);
        RecordingsLog.LateAbandoned(logger, RecordingId, track.TrackId, damaged.File, damaged);
        RecordingLifecycle.AbandonLate(track);
        writer.Changed();
        await writer.CommitAsync();
    }

    /// <summary>
    /// Commits that the file holds everything that is stored. Another runner that stands before this commit can still take late segments in,
    /// and this one's commit then fails; one that comes after it knows that segments may be gone.
    /// </summary>
    private async Task CloseListAsync(TrackState track, CancellationToken cancellationToken)
    {
        await writer.CommitAsync();
        if (track.Assembled is { } assembled && (await store.HeadAsync(Prefix + track.File, cancellationToken))?.Size != assembled.Size)
        {
            track.Phase = TrackPhase.Sealed;
            return;
        }

        var stored = await _sealer.ListAsync(Prefix, track.TrackId, cancellationToken);
        if (track.Base is null && Uncovered(RecordingLifecycle.Coverage(track), stored).Any())
        {
            // All of the list is still there, for nothing is deleted before the commit below.
            RecordingsLog.LateSegments(logger, RecordingId, track.TrackId);
            RecordingLifecycle.Seal(track, stored);
        }
        else
        {
            track.Phase = TrackPhase.Cleaning;
        }

        writer.Changed();
        await writer.CommitAsync();
    }

    private async Task CleanAsync(TrackState track, CancellationToken cancellationToken)
    {
        await writer.CommitAsync();
        var stored = await _sealer.ListAsync(Prefix, track.TrackId, cancellationToken);
        var coverage = RecordingLifecycle.Coverage(track);
        foreach (var segment in stored.Where(s => coverage.Covers(s.Name)))
        {
            await store.DeleteAsync(RecordingKeys.Segments(Prefix, track.TrackId) + segment.Name, cancellationToken);
        }

        await EndListAsync(track, [.. Uncovered(coverage, stored)]);
    }

    /// <summary>Adds what a spool brought after the seal; false while it is still coming.</summary>
    private async Task<bool> TakeLateAsync(TrackState track, CancellationToken cancellationToken)
    {
        var nowUs = Model.Documents.DocumentTime.ToMicroseconds(time.GetUtcNow());
        if (!RecordingLifecycle.IsLateOver(writer.State, track, nowUs, options)
            || await _sealer.SealAsync(RecordingId, Prefix, track.TrackId, insist: false, cancellationToken) is not { } stored)
        {
            return false;
        }

        await EndListAsync(track, [.. Uncovered(RecordingLifecycle.Coverage(track), stored)]);
        return true;
    }

    /// <summary>With nothing more beside the file the track is complete; what came too late for the list is added to the file.</summary>
    private async Task EndListAsync(TrackState track, List<SegmentEntry> late)
    {
        if (late.Count > 0)
        {
            RecordingsLog.LateSegments(logger, RecordingId, track.TrackId);
            RecordingLifecycle.SealOnto(track, late);
        }
        else
        {
            if (track.Phase == TrackPhase.Complete)
            {
                RecordingLifecycle.EndLate(track);
            }

            track.Phase = TrackPhase.Complete;
        }

        writer.Changed();
        await writer.CommitAsync();
    }

    private static IEnumerable<SegmentEntry> Uncovered(SegmentCoverage coverage, IEnumerable<SegmentEntry> stored) => stored.Where(s => !coverage.Covers(s.Name));
}
