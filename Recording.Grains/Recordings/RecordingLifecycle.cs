using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Abstractions.Tracks;
using Recording.Grains.Recordings.State;
using Recording.Media.TrackFiles;
using Recording.Model;

namespace Recording.Grains.Recordings;

/// <summary>The rules of a recording's life. Each command changes the state or leaves it, and says which; repeated commands leave it.</summary>
internal static partial class RecordingLifecycle
{
    /// <summary>What is due.</summary>
    public static RecordingPhase PhaseOf(RecordingState state) => state switch
    {
        { Opening: null } => RecordingPhase.None,
        { DeletedAtUs: > 0 } => state.Purged ? RecordingPhase.Finished : RecordingPhase.Deleting,
        { TerminalEventId: not null, HandoffPending: true } => RecordingPhase.HandingOver,
        { TerminalEventId: not null, Reopened: false } => RecordingPhase.Finished,
        { Stop: null } => RecordingPhase.Live,
        _ when !state.Tracks.TrueForAll(static t => t.IsSettled) => state.TerminalEventId is null ? RecordingPhase.Completing : RecordingPhase.Reassembling,
        _ => state.TerminalEventId is null ? RecordingPhase.Concluding : RecordingPhase.Republishing,
    };

    /// <summary>Creates it.</summary>
    /// <exception cref="RecordingException">2004: the id belongs to another room's recording.</exception>
    public static bool Open(RecordingState state, RecordingOpening opening)
    {
        if (state.Opening is { } known)
        {
            return known.RoomId == opening.RoomId && known.Prefix == opening.Prefix
                ? false
                : throw new RecordingException(RecordingErrorCode.WrongState, $"Recording {opening.RecordingId} exists already in room '{known.RoomId}'.");
        }

        state.Opening = opening;
        state.Status = RecordingStatus.Starting;
        state.Room = opening.Room;
        return true;
    }

    /// <summary>Fixes t = 0; the first one counts.</summary>
    public static bool Started(RecordingState state, long startedAtUs)
    {
        RequireOpened(state);
        if (state.StartedAtUs != 0 || state.Stop is not null)
        {
            return false;
        }

        state.StartedAtUs = startedAtUs;
        state.Status = RecordingStatus.Recording;
        return true;
    }

    /// <summary>Adds a track, or takes what is newly known of it.</summary>
    /// <exception cref="RecordingException">2004: a new track after the end.</exception>
    public static bool AddTrack(RecordingState state, TrackRegistration registration)
    {
        RequireOpened(state);
        if (Find(state, registration.TrackId) is { } known)
        {
            if (known.Registration == registration || state.TerminalEventId is not null)
            {
                return false;
            }

            // The first subscription is the track's start; a repeated one only says more about the producer.
            known.Registration = registration with { StartedAtUs = known.Registration.StartedAtUs };
            return true;
        }

        if (state.Stop is not null)
        {
            throw new RecordingException(RecordingErrorCode.WrongState, $"Recording {state.Opening!.RecordingId} has ended; track '{registration.TrackId}' comes too late.");
        }

        state.Tracks.Add(new TrackState { Registration = registration });
        return true;
    }

    /// <summary>Takes new facts; ignored once the documents are final.</summary>
    public static bool UpdateRoom(RecordingState state, RoomFacts facts)
    {
        RequireOpened(state);
        if (state.TerminalEventId is not null)
        {
            return false;
        }

        state.Room = facts;
        return true;
    }

    /// <summary>An epoch has ended and is stored.</summary>
    /// <exception cref="RecordingException">3001: the room has not registered the track yet; say it again later.</exception>
    public static bool Drained(RecordingState state, string trackId, ulong epoch, ulong lastIndex)
    {
        var drained = new EpochState { Epoch = epoch, Drained = true, LastIndex = lastIndex };
        return LiveTrack(state, trackId) is { } track ? SetEpoch(track.Epochs, drained) : DrainedLate(state, trackId, drained);
    }

    /// <summary>An epoch's packets are on their way.</summary>
    /// <exception cref="RecordingException">3001: the room has not registered the track yet; say it again later.</exception>
    public static bool Resumed(RecordingState state, string trackId, ulong epoch, long nowUs)
    {
        if (LiveTrack(state, trackId) is not { } track)
        {
            return false;
        }

        // While it is live, how often a link came back does not matter; afterwards each return starts the grace again.
        if (!SetEpoch(track.Epochs, new EpochState { Epoch = epoch }) && state.Stop is null)
        {
            return false;
        }

        track.ResumedAtUs = nowUs;
        return true;
    }

    /// <summary>
    /// Whoever held an epoch's packets has brought them, and the rest is somebody else's. That one may have said the end before, and nobody would say it
    /// again: the process that died, or the gateway that took over.
    /// </summary>
    /// <exception cref="RecordingException">3001: the room has not registered the track yet; say it again later.</exception>
    public static bool HandedOn(RecordingState state, string trackId, ulong epoch, ulong lastIndex, long nowUs)
    {
        if (LiveTrack(state, trackId) is not { } track)
        {
            // A sealed track has no link to wait for.
            return Drained(state, trackId, epoch, lastIndex);
        }

        if (track.Epochs.Find(e => e.Epoch == epoch) is { } known && (known.Drained || known.LastIndex > 0) && lastIndex <= known.LastIndex)
        {
            return Drained(state, trackId, epoch, known.LastIndex);
        }

        return Resumed(state, trackId, epoch, nowUs);
    }

    /// <summary>Fixes the end; the first one counts.</summary>
    public static bool Stop(RecordingState state, RecordingStop stop, long nowUs)
    {
        RequireOpened(state);
        if (state.Stop is not null)
        {
            return false;
        }

        state.Stop = stop;
        state.StoppedAtUs = nowUs;
        state.Status = RecordingStatus.Stopping;
        return true;
    }

    /// <summary>Adds a file, or replaces the one of that name.</summary>
    /// <exception cref="RecordingException">2003: no such recording, or deleted.</exception>
    public static bool AddOutput(RecordingState state, RecordingOutput output)
    {
        RequireOpened(state);
        RequireNotDeleted(state);
        var at = state.Outputs.FindIndex(o => o.File == output.File);
        if (at < 0)
        {
            state.Outputs.Add(output);
            return true;
        }

        if (state.Outputs[at].IsSame(output))
        {
            return false;
        }

        state.Outputs[at] = output;
        return true;
    }

    /// <summary>Whether a live track of a stopped recording may be sealed.</summary>
    public static SealDecision DecideSeal(RecordingState state, TrackState track, long nowUs, RecordingsOptions options)
    {
        if (state.Stop is null)
        {
            return SealDecision.Wait;
        }

        // No SFU ever confirmed this recording, so no gateway was ever told to store anything.
        if (state.StartedAtUs == 0 && track.Epochs.Count == 0)
        {
            return SealDecision.Seal;
        }

        if (track.Epochs.Count > 0 && track.Epochs.TrueForAll(static e => e.Drained))
        {
            return SealDecision.Seal;
        }

        if (nowUs >= GraceEndUs(state, track, options))
        {
            return SealDecision.SealIncomplete;
        }

        var silentFrom = state.StoppedAtUs + Microseconds(options.SilenceBeforeSeal);
        return !track.Registration.Acknowledged && track.Epochs.Count == 0 && nowUs >= silentFrom ? SealDecision.WaitForSilence : SealDecision.Wait;
    }

    /// <summary>Whether a track's counters say that nothing came for a while.</summary>
    public static bool IsSilent(TrackFigures figures, long nowUs, RecordingsOptions options) =>
        nowUs - figures.LastTimeUs >= Microseconds(options.SilenceBeforeSeal);

    /// <summary>
    /// Whether what belongs to a stopped recording is still on its way although the grace is over: the store takes nothing, or takes what it did not take before. Not for ever: as long as a spool
    /// is waited for.
    /// </summary>
    public static bool IsHeldUp(RecordingState state, TrackState track, TrackFigures figures, long nowUs, RecordingsOptions options)
    {
        var patience = Microseconds(options.HeldUpAfter);
        return nowUs < Math.Max(state.StoppedAtUs, track.ResumedAtUs) + Microseconds(options.SpoolWait)
            && (figures.WaitingUs >= patience
                || (figures.SinceCallUs < patience && figures.LastTimeUs < state.StoppedAtUs + patience));
    }

    /// <summary>When waiting for a track's missing ends is over, µs since 1970. What lies in a spool is waited for longer.</summary>
    public static long GraceEndUs(RecordingState state, TrackState track, RecordingsOptions options) =>
        Math.Max(state.StoppedAtUs, track.ResumedAtUs)
        + Microseconds(track.Epochs.Exists(static e => e is { Spooled: true, Drained: false }) && options.SpoolWait > options.SfuGrace ? options.SpoolWait : options.SfuGrace);

    /// <summary>Commits the ordered list of segments, and what is missing at the ends of the epochs.</summary>
    public static void Seal(TrackState track, IEnumerable<SegmentEntry> segments)
    {
        track.Revision += track.Phase == TrackPhase.Live ? 0 : 1;
        var damaged = track.Segments.Where(static s => s.IsDamaged).Select(static s => s.Name).ToHashSet(StringComparer.Ordinal);
        track.Segments = [.. segments.Select(s => damaged.Contains(s.Name) ? s with { IsDamaged = true } : s)];
        track.Phase = TrackPhase.Sealed;
        track.KnownGaps = [.. track.KnownGaps.Where(static g => g.Reason is MissingReason or DamagedReason), .. MissingEnds(track)];
    }

    /// <summary>Reason of a gap where a stored segment vanished.</summary>
    public const string MissingReason = "missing";

    /// <summary>Reason of a gap where a stored segment is damaged: somewhere in its range.</summary>
    public const string DamagedReason = "damaged";

    /// <summary>Takes a vanished segment out of the list and notes the hole.</summary>
    public static void DropSegment(TrackState track, string name)
    {
        if (track.Segments.RemoveAll(s => s.Name == name) == 0)
        {
            return;
        }

        track.Revision++;
        track.ErrorCode = (int)RecordingErrorCode.FinalizationFailed;
        track.KnownGaps.Add(SegmentKey.TryParse(name, out var key)
            ? new TrackGap { Epoch = key.Epoch, FirstIndex = key.FirstIndex, LastIndex = key.LastIndex, Reason = MissingReason }
            : new TrackGap { Reason = MissingReason });
    }

    /// <summary>Notes that only the sound blocks of a segment can be taken.</summary>
    public static void MarkDamaged(TrackState track, string name)
    {
        track.Revision++;
        track.Segments = [.. track.Segments.Select(s => s.Name == name ? s with { IsDamaged = true } : s)];
        track.ErrorCode = (int)RecordingErrorCode.IntegrityCheckFailed;
        if (SegmentKey.TryParse(name, out var key))
        {
            track.KnownGaps.Add(new TrackGap { Epoch = key.Epoch, FirstIndex = key.FirstIndex, LastIndex = key.LastIndex, Reason = DamagedReason });
        }
    }

    /// <summary>The end of the recorded time: as it was stopped; for an interrupted one its last packet or event.</summary>
    public static long EndOf(RecordingState state, IEnumerable<TimelineEvent> events)
    {
        var stop = state.Stop!;
        var origin = OriginUs(state);
        if (stop.Status != RecordingStatus.Interrupted)
        {
            return Math.Max(origin, stop.EndedAtUs);
        }

        long last = 0;
        foreach (var track in state.Tracks)
        {
            last = Math.Max(last, track.Assembled?.LastTimeUs ?? 0);
        }

        foreach (var entry in events)
        {
            // These tell of our own view of the link, not of the room.
            if (entry.Type is not ("link_lost" or "recording_stopped" or "error"))
            {
                last = Math.Max(last, entry.TimeUs);
            }
        }

        return Math.Max(origin, last == 0 ? stop.EndedAtUs : Math.Min(last, stop.EndedAtUs));
    }

    /// <summary>Makes it terminal.</summary>
    public static void Conclude(RecordingState state, long endedAtUs)
    {
        state.EndedAtUs = endedAtUs;
        state.Status = state.Stop!.Status is RecordingStatus.Completed or RecordingStatus.Interrupted or RecordingStatus.Failed
            ? state.Stop.Status
            : RecordingStatus.Completed;
        state.TerminalEventId = $"{state.Opening!.RecordingId}/terminal";
        state.HandoffPending = true;
    }

    /// <summary>t = 0 of the timeline.</summary>
    public static long OriginUs(RecordingState state) => state.StartedAtUs != 0 ? state.StartedAtUs : state.Opening!.RequestedAtUs;

    /// <summary>The policy in force, since the stop the one that was in force then: the room tells of none after it.</summary>
    public static RecordingPolicy NewestPolicy(RecordingState state) => state.Room.Policies is [.., { Policy: var policy }] ? policy : state.Opening!.Policy;

    /// <summary>The track of this id.</summary>
    public static TrackState? Find(RecordingState state, string trackId) => state.Tracks.Find(t => t.TrackId == trackId);

    /// <summary>Index entry of the recording as it is.</summary>
    public static RecordingSummary Summary(RecordingState state) => new()
    {
        RecordingId = state.Opening!.RecordingId,
        RoomId = state.Opening.RoomId,
        Prefix = state.Opening.Prefix,
        Status = state.Status,
        StartedAtUs = state.StartedAtUs,
        EndedAtUs = state.EndedAtUs,
        Finished = PhaseOf(state) == RecordingPhase.Finished,
        Reopenings = state.Reopenings,
        Bytes = BytesOf(state),
        ExpiresAtUs = ExpiresAtUs(state),
        DeletedAtUs = state.DeletedAtUs,
    };

    /// <summary>µs of a time span.</summary>
    public static long Microseconds(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;

    private static void RequireOpened(RecordingState state)
    {
        if (state.Opening is null)
        {
            throw new RecordingException(RecordingErrorCode.NoSuchRecording, "There is no such recording.");
        }
    }

    /// <summary>The track if it is not sealed. Gateways may be faster than the room: what they say of a track to come must not be lost.</summary>
    private static TrackState? LiveTrack(RecordingState state, string trackId)
    {
        RequireOpened(state);
        if (Find(state, trackId) is { } track)
        {
            return track.Phase == TrackPhase.Live ? track : null;
        }

        return state.Stop is null
            ? throw new RecordingException(RecordingErrorCode.UnknownProducer, $"Recording {state.Opening!.RecordingId} has no track '{trackId}' yet.")
            : null;
    }

    private static bool SetEpoch(List<EpochState> epochs, EpochState epoch)
    {
        var at = epochs.FindIndex(e => e.Epoch == epoch.Epoch);
        if (at < 0)
        {
            epochs.Add(epoch);
            return true;
        }

        if (epochs[at] == epoch)
        {
            return false;
        }

        epochs[at] = epoch;
        return true;
    }

    private static IEnumerable<TrackGap> MissingEnds(TrackState track)
    {
        foreach (var epoch in track.Epochs)
        {
            ulong stored = 0;
            foreach (var segment in track.Base is { } whole ? track.Segments.Concat(whole.Held) : track.Segments)
            {
                if (SegmentKey.TryParse(segment.Name, out var key) && key.Epoch == epoch.Epoch)
                {
                    stored = Math.Max(stored, key.LastIndex);
                }
            }

            if (!epoch.Drained)
            {
                yield return new TrackGap { Epoch = epoch.Epoch, FirstIndex = stored + 1, Reason = "link" };
            }
            else if (epoch.LastIndex > stored)
            {
                yield return new TrackGap { Epoch = epoch.Epoch, FirstIndex = stored + 1, LastIndex = epoch.LastIndex, Reason = "lost" };
            }
        }
    }
}
