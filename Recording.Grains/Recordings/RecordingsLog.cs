using Microsoft.Extensions.Logging;
using Recording.Model;

namespace Recording.Grains.Recordings;

/// <summary>What recordings log.</summary>
internal static partial class RecordingsLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Recording {RecordingId} of room {RoomId} opened at {Prefix}")]
    public static partial void Opened(ILogger logger, string recordingId, string roomId, string prefix);

    [LoggerMessage(Level = LogLevel.Information, Message = "Recording {RecordingId} stops: {Reason}")]
    public static partial void Stopping(ILogger logger, string recordingId, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Track {TrackId} of {RecordingId} sealed with {Segments} segments")]
    public static partial void Sealed(ILogger logger, string recordingId, string trackId, int segments);

    [LoggerMessage(Level = LogLevel.Information, Message = "Track {TrackId} of {RecordingId} assembled: {Packets} packets, {Bytes} bytes")]
    public static partial void Assembled(ILogger logger, string recordingId, string trackId, long packets, long bytes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Segments of track {TrackId} of {RecordingId} turned up after it was sealed; assembling again")]
    public static partial void LateSegments(ILogger logger, string recordingId, string trackId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Segment {Segment} of track {TrackId} of {RecordingId} is lost; the track is completed without it")]
    public static partial void SegmentLost(ILogger logger, string recordingId, string trackId, string segment);

    [LoggerMessage(Level = LogLevel.Error, Message = "Segment {Segment} of track {TrackId} of {RecordingId} is damaged; only its sound blocks are taken")]
    public static partial void SegmentDamaged(ILogger logger, string recordingId, string trackId, string segment, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Step {Step} of {RecordingId} failed, attempt {Attempt}; next in {DelaySeconds} s")]
    public static partial void StepFailed(ILogger logger, string recordingId, string step, int attempt, double delaySeconds, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Index shard {Shard} cannot be read again; what is known of it stays in force")]
    public static partial void IndexNotRead(ILogger logger, string shard, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "Packets of track {TrackId} of {RecordingId} came late and cannot be added to {File}; they stay beside it")]
    public static partial void LateAbandoned(ILogger logger, string recordingId, string trackId, string file, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Recording {RecordingId} was taken up again for packets that came late, and is published anew")]
    public static partial void Republished(ILogger logger, string recordingId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Recording {RecordingId} was deleted by {Requester}: {Files} files")]
    public static partial void Deleted(ILogger logger, string recordingId, string requester, int files);

    [LoggerMessage(Level = LogLevel.Information, Message = "The deletion of {RecordingId} goes on")]
    public static partial void DeletionResumed(ILogger logger, string recordingId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Index shard {Shard} could not delete {RecordingId}, whose time is over; it is tried again")]
    public static partial void SweepFailed(ILogger logger, string shard, string recordingId, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "Index object {Key} cannot be read; it is rebuilt from the recordings' states")]
    public static partial void IndexDamaged(ILogger logger, string key, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} recordings were missing in the index and are in it again")]
    public static partial void IndexRebuilt(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Index shard {Shard} could not be rebuilt yet")]
    public static partial void RebuildFailed(ILogger logger, string shard, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "State {Key} cannot be read; its recording is not in the index")]
    public static partial void StateUnreadable(ILogger logger, string key, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Recording {RecordingId} is {Status}")]
    public static partial void Ended(ILogger logger, string recordingId, RecordingStatus status);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The policy of {RecordingId} names outputs that nobody can make: {Outputs}")]
    public static partial void OutputsUnknown(ILogger logger, string recordingId, string outputs);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Room {RoomId} does not know recording {RecordingId} any more; it ends as interrupted")]
    public static partial void Abandoned(ILogger logger, string recordingId, string roomId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Recording {RecordingId} goes on in another activation")]
    public static partial void Superseded(ILogger logger, string recordingId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Pending timeline events of {RecordingId} could not be stored")]
    public static partial void TimelineNotStored(ILogger logger, string recordingId, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Index shard {Shard} could not drive {RecordingId}")]
    public static partial void DriveFailed(ILogger logger, string shard, string recordingId, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Index shard {Shard} names {RecordingId}, which was never created; the entry is removed")]
    public static partial void OrphanRemoved(ILogger logger, string shard, string recordingId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Left} index shards could not be armed yet")]
    public static partial void ArmingFailed(ILogger logger, int left, Exception exception);
}
