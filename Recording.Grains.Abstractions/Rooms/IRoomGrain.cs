using Orleans.Concurrency;
using Recording.Model;

namespace Recording.Grains.Abstractions.Rooms;

/// <summary>One room of the SFUs; key room id. Applies events and commands to <c>RoomSession</c>, and tells links and the recording what follows.</summary>
[Alias("recording.IRoomGrain")]
public interface IRoomGrain : IGrainWithStringKey
{
    /// <summary>Applies events of one link in order; repeated ones are recognised. Never waits for an SFU.</summary>
    [Alias("Handle")]
    Task<HandleResult> Handle(RoomEventBatch batch);

    /// <summary>Asks for a recording; returns in state <c>starting</c>. Fails with 2001, 2002, 2005, 4001, 5001 or 5002.</summary>
    [Alias("StartRecording")]
    Task<StartResult> StartRecording(StartRecordingCommand command);

    /// <summary>Stops the current recording; repeating it is harmless. Fails with 2003 when the id is another one.</summary>
    [Alias("StopRecording")]
    Task StopRecording(StopRecordingCommand command);

    /// <summary>Pauses; 2003, 2004.</summary>
    [Alias("PauseRecording")]
    Task PauseRecording(Requester requester, string? recordingId);

    /// <summary>Resumes; 2003, 2004.</summary>
    [Alias("ResumeRecording")]
    Task ResumeRecording(Requester requester, string? recordingId);

    /// <summary>The room as it is now; null when nothing is known of it.</summary>
    [Alias("GetView")]
    [ReadOnly]
    Task<RoomView?> GetView();

    /// <summary>Calls the observer at each change, until it is unsubscribed or for 30 s after the last call of this method.</summary>
    [Alias("Watch")]
    Task Watch(IRoomObserver observer);

    /// <summary>Ends a watch.</summary>
    [Alias("Unwatch")]
    Task Unwatch(IRoomObserver observer);

    /// <summary>From a link grain that lost its memory: say again what you want of this link.</summary>
    [Alias("RepeatDirective")]
    Task RepeatDirective(string linkKey);

    /// <summary>From the recording: it has reached its terminal state, the room may start another.</summary>
    [Alias("RecordingEnded")]
    Task RecordingEnded(string recordingId, RecordingStatus status);

    /// <summary>Whether an SFU does not know yet that all it sent for a recording that has ended is stored.</summary>
    [Alias("HasTails")]
    Task<bool> HasTails(string recordingId);

    /// <summary>From the recording found live after a restart: is it still yours? The grace runs again from now.</summary>
    [Alias("Wake")]
    Task Wake(string recordingId);
}
