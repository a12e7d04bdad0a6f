using Recording.Model;

namespace Recording.Silo.Processing;

internal static partial class ProcessingLog
{
    [LoggerMessage(LogLevel.Information, "Workers ready: {Workers}, FFmpeg {Version}")]
    public static partial void Ready(ILogger logger, int workers, string version);

    [LoggerMessage(LogLevel.Error, "There is no usable FFmpeg: tasks wait for another processor")]
    public static partial void NoFfmpeg(ILogger logger, Exception exception);

    [LoggerMessage(LogLevel.Warning, "Tasks wait, because capture comes first: {Shortage}")]
    public static partial void NoRoom(ILogger logger, string shortage);

    [LoggerMessage(LogLevel.Information, "Task begun: {JobId} {TaskId} attempt {Attempt} by {WorkerId}")]
    public static partial void Begun(ILogger logger, string jobId, string taskId, int attempt, string workerId);

    [LoggerMessage(LogLevel.Information, "Task done: {JobId} {TaskId} in {Seconds} s")]
    public static partial void Done(ILogger logger, string jobId, string taskId, double seconds);

    [LoggerMessage(LogLevel.Warning, "Task failed: {JobId} {TaskId} code {Code}")]
    public static partial void Failed(ILogger logger, Exception exception, string jobId, string taskId, RecordingErrorCode code);

    [LoggerMessage(LogLevel.Warning, "Track skipped: {JobId} {TrackId} {Reason}")]
    public static partial void TrackSkipped(ILogger logger, string jobId, string trackId, string reason);

    [LoggerMessage(LogLevel.Information, "Task stopped: {JobId} {TaskId} {Reason}")]
    public static partial void Stopped(ILogger logger, string jobId, string taskId, string reason);

    [LoggerMessage(LogLevel.Warning, "The queue cannot be reached by {WorkerId}: {Reason}")]
    public static partial void QueueUnreachable(ILogger logger, string workerId, string reason);

    [LoggerMessage(LogLevel.Warning, "A result could not be handed in: {JobId} {TaskId}")]
    public static partial void ResultLost(ILogger logger, Exception exception, string jobId, string taskId);

    [LoggerMessage(LogLevel.Debug, "Lease no longer renewed: {JobId} {TaskId}")]
    public static partial void RenewalEnded(ILogger logger, string jobId, string taskId);

    [LoggerMessage(LogLevel.Warning, "A recording cannot be reached: {RecordingId} {Reason}")]
    public static partial void RecordingUnreachable(ILogger logger, string recordingId, string reason);

    [LoggerMessage(LogLevel.Warning, "Files of a task could not be removed: {JobId} {TaskId}")]
    public static partial void NotRemovedOfTask(ILogger logger, Exception exception, string jobId, string taskId);

    [LoggerMessage(LogLevel.Warning, "Old scratch folders could not be removed: {Root}")]
    public static partial void NotRemoved(ILogger logger, Exception exception, string root);
}
