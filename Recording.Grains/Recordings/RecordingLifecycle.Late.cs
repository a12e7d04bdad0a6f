using Recording.Grains.Recordings.State;
using Recording.Media.TrackFiles;
using Recording.Model;

namespace Recording.Grains.Recordings;

/// <content>Packets that come after their track was sealed, as those of a spool that turns up late.</content>
internal static partial class RecordingLifecycle
{
    /// <summary>A gateway holds packets of this epoch in its spool and is going to bring them.</summary>
    /// <exception cref="RecordingException">2003: the recording was deleted. 3001: the room has not registered the track yet; say it again later.</exception>
    public static bool Spooled(RecordingState state, string trackId, ulong epoch, long nowUs)
    {
        if (state.DeletedAtUs > 0)
        {
            throw new RecordingException(RecordingErrorCode.NoSuchRecording, $"Recording {state.Opening!.RecordingId} was deleted.");
        }

        var spooled = new EpochState { Epoch = epoch, Spooled = true };
        if (LiveTrack(state, trackId) is { } live)
        {
            SetEpoch(live.Epochs, spooled with { LastIndex = live.Epochs.Find(e => e.Epoch == epoch)?.LastIndex ?? 0 });
            live.ResumedAtUs = nowUs;
            return true;
        }

        if (Find(state, trackId) is not { } track)
        {
            throw new RecordingException(RecordingErrorCode.NoSuchRecording, $"Recording {state.Opening!.RecordingId} has ended without a track '{trackId}'.");
        }

        SetEpoch(track.Late, spooled);
        track.ResumedAtUs = nowUs;
        Reopen(state);
        return true;
    }

    /// <summary>Segments of this track were found beside its complete file: takes the recording up again for them.</summary>
    public static void MarkLate(RecordingState state, string trackId, IEnumerable<string> segments)
    {
        var track = Find(state, trackId)!;
        foreach (var name in segments)
        {
            if (SegmentKey.TryParse(name, out var key))
            {
                var last = Math.Max(key.LastIndex, track.Late.Find(e => e.Epoch == key.Epoch)?.LastIndex ?? 0);
                SetEpoch(track.Late, new EpochState { Epoch = key.Epoch, Drained = true, Spooled = true, LastIndex = last });
            }
        }

        Reopen(state);
    }

    /// <summary>Takes up a finished recording again; its terminal state stays.</summary>
    public static void Reopen(RecordingState state)
    {
        if (state is { TerminalEventId: not null, Reopened: false })
        {
            state.Reopened = true;
            state.Reopenings++;
        }
    }

    /// <summary>Whether nothing more is waited for: all that was announced is stored, or the grace is over.</summary>
    public static bool IsLateOver(RecordingState state, TrackState track, long nowUs, RecordingsOptions options) =>
        track.Late.TrueForAll(static e => e.Drained) || nowUs >= Math.Max(state.StoppedAtUs, track.ResumedAtUs) + Microseconds(options.SfuGrace);

    /// <summary>
    /// Commits that these segments are to be added to the complete file. What was known of the ends is judged anew: a gap that is filled is none.
    /// </summary>
    public static void SealOnto(TrackState track, IReadOnlyCollection<SegmentEntry> late)
    {
        if (track.Assembled is { } assembled)
        {
            track.Base = new TrackBase { File = track.File, Size = assembled.Size, Sha256 = assembled.Sha256, Held = [.. Coverage(track).AsEntries()] };
        }

        foreach (var epoch in track.Late)
        {
            SetEpoch(track.Epochs, epoch);
        }

        track.Late = [];
        Seal(track, late);
    }

    /// <summary>Nothing came after all.</summary>
    public static void EndLate(TrackState track) => track.Late = [];

    /// <summary>Gives up adding to the complete file: what came late stays where it is, and the track is what it was.</summary>
    public static void AbandonLate(TrackState track)
    {
        track.ErrorCode = (int)RecordingErrorCode.IntegrityCheckFailed;
        track.Segments = track.Base!.Held;
        track.Base = null;
        track.Phase = TrackPhase.Complete;
    }

    /// <summary>What a track's file holds, or will hold.</summary>
    public static SegmentCoverage Coverage(TrackState track) => new(track.Base is { } whole ? track.Segments.Concat(whole.Held) : track.Segments);

    private static bool DrainedLate(RecordingState state, string trackId, EpochState drained) =>
        Find(state, trackId) is { } track && track.Late.Exists(e => e.Epoch == drained.Epoch) && SetEpoch(track.Late, drained with { Spooled = true });
}
