using Recording.Grains.Recordings.State;
using Recording.Model;

namespace Recording.Grains.Recordings;

/// <content>How long a recording is kept, and how it goes.</content>
internal static partial class RecordingLifecycle
{
    /// <summary>Who deletes when a policy's days are over.</summary>
    public const string RetentionRequester = "retention";

    private const int LongestRetentionDays = 1_000_000;
    private const long MicrosecondsPerDay = 86_400_000_000;

    /// <summary>Sets or lifts the legal hold: under it nobody deletes, whatever the policy says.</summary>
    /// <exception cref="RecordingException">2003: no such recording, or deleted.</exception>
    public static bool Hold(RecordingState state, bool isHeld)
    {
        RequireOpened(state);
        RequireNotDeleted(state);
        if (state.LegalHold == isHeld)
        {
            return false;
        }

        state.LegalHold = isHeld;
        return true;
    }

    /// <summary>Decides the deletion. The files follow; metadata.json stays and says so.</summary>
    /// <param name="state">The recording.</param>
    /// <param name="requesterId">Who deletes it.</param>
    /// <param name="isProcessing">Jobs still read it.</param>
    /// <param name="nowUs">Now, µs since 1970.</param>
    /// <exception cref="RecordingException">2003: no such recording. 2004: not ended, still being processed, or under legal hold.</exception>
    public static bool Delete(RecordingState state, string requesterId, bool isProcessing, long nowUs)
    {
        RequireOpened(state);
        if (state.DeletedAtUs > 0)
        {
            return false;
        }

        var id = state.Opening!.RecordingId;
        if (state.LegalHold)
        {
            throw new RecordingException(RecordingErrorCode.WrongState, $"Recording {id} is under legal hold.");
        }

        if (PhaseOf(state) != RecordingPhase.Finished || isProcessing)
        {
            throw new RecordingException(RecordingErrorCode.WrongState, $"Recording {id} is not finished; it can be deleted once it is, and its jobs are done.");
        }

        // As for late packets: the index takes it for unfinished again until the files are gone.
        state.Reopenings++;
        state.DeletedAtUs = nowUs;
        state.DeletedBy = requesterId;
        return true;
    }

    /// <summary>When its policy lets it go, µs since 1970; 0 = never, or not known before it has ended.</summary>
    public static long ExpiresAtUs(RecordingState state)
    {
        var days = state.Opening is null ? 0 : NewestPolicy(state).RetentionDays;
        return days <= 0 || state.LegalHold || state.EndedAtUs == 0 || state.DeletedAtUs > 0 ? 0 : state.EndedAtUs + (Math.Min(days, LongestRetentionDays) * MicrosecondsPerDay);
    }

    /// <summary>Bytes of the files of the committed manifest; 0 once they are deleted.</summary>
    public static long BytesOf(RecordingState state) => state.DeletedAtUs > 0
        ? 0
        : state.Documents.Sum(static d => d.Bytes) + state.Tracks.Sum(static t => t.Assembled?.Size ?? 0) + state.Outputs.SelectMany(static o => o.Files()).Sum(static f => f.Bytes);

    /// <summary>Keys of the committed manifest.</summary>
    public static IEnumerable<string> Manifest(RecordingState state)
    {
        var prefix = state.Opening!.Prefix;
        return state.Documents.Select(static d => d.File)
            .Concat(state.Tracks.Where(static t => t.Assembled is not null).Select(static t => t.File))
            .Concat(state.Outputs.SelectMany(static o => o.Files()).Select(static f => f.File))
            .Select(file => prefix + file)
            .Distinct(StringComparer.Ordinal);
    }

    private static void RequireNotDeleted(RecordingState state)
    {
        if (state.DeletedAtUs > 0)
        {
            throw new RecordingException(RecordingErrorCode.NoSuchRecording, $"Recording {state.Opening!.RecordingId} was deleted.");
        }
    }
}
