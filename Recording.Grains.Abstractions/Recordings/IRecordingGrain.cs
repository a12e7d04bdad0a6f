using Orleans.Concurrency;
using Recording.Model;

namespace Recording.Grains.Abstractions.Recordings;

/// <summary>One recording; key recording id. Owns its documents, sealing, assembly, terminal state and outputs.</summary>
[Alias("recording.IRecordingGrain")]
public interface IRecordingGrain : IGrainWithStringKey
{
    // How long a report of a track waits for its answer: what a killed silo had taken is lost with it, and is said again.
    private const string ReportTimeout = "00:00:10";

    /// <summary>Creates it durably; repeatable. 4001 when the store is down.</summary>
    [Alias("Open")]
    Task Open(RecordingOpening opening);

    /// <summary>The SFU records from this moment: t = 0 of the timeline.</summary>
    [Alias("Started")]
    Task Started(long startedAtUs);

    /// <summary>Adds a track; repeatable.</summary>
    [Alias("AddTrack")]
    Task AddTrack(TrackRegistration track);

    /// <summary>Adds timeline events; those already held are skipped.</summary>
    /// <returns>The last sequence that is stored.</returns>
    [Alias("AddTimeline")]
    [AlwaysInterleave]
    Task<long> AddTimeline(long firstSequence, TimelineEvent[] events);

    /// <summary>A participant's, policy's or room's data changed; written into the documents.</summary>
    [Alias("UpdateRoom")]
    Task UpdateRoom(RoomFacts facts);

    /// <summary>From the gateway: of this epoch nothing follows and everything up to the last index is stored.</summary>
    [Alias("TrackDrained")]
    [AlwaysInterleave]
    [ResponseTimeout(ReportTimeout)]
    Task TrackDrained(string trackId, ulong epoch, ulong lastIndex);

    /// <summary>From the gateway: this epoch's packets are on their way (a link began or came back), do not seal before they are drained or the grace is over.</summary>
    [Alias("TrackResumed")]
    [AlwaysInterleave]
    [ResponseTimeout(ReportTimeout)]
    Task TrackResumed(string trackId, ulong epoch);

    /// <summary>
    /// From a gateway that has brought what it held of this epoch and brings nothing more, because it found that in a spool or another gateway feeds the track now: everything up to
    /// the last index that it knew is stored.
    /// An end that was reported before still holds; else its link is waited for as after <see cref="TrackResumed"/>.
    /// </summary>
    [Alias("TrackHandedOn")]
    [AlwaysInterleave]
    [ResponseTimeout(ReportTimeout)]
    Task TrackHandedOn(string trackId, ulong epoch, ulong lastIndex);

    /// <summary>
    /// From a gateway that keeps packets of this epoch in its spool, or has adopted such a spool: they will be brought. Before the seal they are waited for
    /// (RECORDING_SPOOL_WAIT); after it, also after the terminal state, the track is opened with <c>TrackOpening.IsLate</c>, and when <see cref="TrackDrained"/>
    /// has said that all is stored it is assembled again and the documents are published anew, with no second terminal event. Repeatable.
    /// 2003: no such recording or track, or it was deleted: the spool need not be kept. 3001: not registered yet, say it again later.
    /// </summary>
    [Alias("TrackSpooled")]
    [AlwaysInterleave]
    [ResponseTimeout(ReportTimeout)]
    Task TrackSpooled(string trackId, ulong epoch);

    /// <summary>Fixes the end. Repeatable; the first one counts.</summary>
    [Alias("Stop")]
    Task Stop(RecordingStop stop);

    /// <summary>The recording as it is known now; null = no such recording.</summary>
    [Alias("GetView")]
    [ReadOnly]
    Task<RecordingView?> GetView();

    /// <summary>Throws 5004 unless the newest policy lets the peer download, 2003 when there is no such recording.</summary>
    [Alias("RequireDownload")]
    [ReadOnly]
    Task RequireDownload(string peerId);

    /// <summary>Goes on with whatever is unfinished; called by the index each minute and after restarts.</summary>
    [Alias("Drive")]
    Task Drive();

    /// <summary>Sets or lifts the legal hold: what is held is kept whatever its policy says. 2003: no such recording, or it was deleted.</summary>
    [Alias("SetLegalHold")]
    Task SetLegalHold(bool isHeld);

    /// <summary>
    /// Cancels its jobs and deletes the files of the committed manifest and what jobs made under <c>processed/</c>; metadata.json stays and says when and by
    /// whom. Repeatable. 2004: not ended, jobs asked for at its stop still read it, or it is under legal hold. 2003: no such recording.
    /// </summary>
    /// <param name="requesterId">Who deletes it.</param>
    [Alias("Delete")]
    Task Delete(string requesterId);

    /// <summary>Whether it exists and was not deleted: what jobs make of it otherwise is kept by nobody.</summary>
    [Alias("IsKept")]
    [ReadOnly]
    Task<bool> IsKept();

    /// <summary>A job made a file under the prefix. 2003: no such recording, or it was deleted: the file must go.</summary>
    [Alias("AddOutput")]
    Task AddOutput(RecordingOutput output);
}
