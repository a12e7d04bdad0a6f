using Microsoft.Extensions.Logging;
using Recording.Model;

namespace Recording.Grains.Jobs;

internal static partial class JobLog
{
    [LoggerMessage(LogLevel.Information, "Job created: {JobId} {Kind} of {RecordingId}")]
    public static partial void Created(ILogger logger, string jobId, string kind, string recordingId);

    [LoggerMessage(LogLevel.Information, "Job begins anew: {JobId}")]
    public static partial void Retried(ILogger logger, string jobId);

    [LoggerMessage(LogLevel.Information, "Job over: {JobId} {Status}")]
    public static partial void Over(ILogger logger, string jobId, string status);

    [LoggerMessage(LogLevel.Warning, "Attempt failed: {JobId} {TaskId} code {Code} {Reason}")]
    public static partial void AttemptFailed(ILogger logger, string jobId, string taskId, RecordingErrorCode code, string reason);

    [LoggerMessage(LogLevel.Warning, "Worker gave no sign and lost its task: {WorkerId} {JobId} {TaskId}")]
    public static partial void LeaseExpired(ILogger logger, string workerId, string jobId, string taskId);

    [LoggerMessage(LogLevel.Warning, "Tasks wait and no worker asks for one: {Queue} {Waiting} for {Seconds} s")]
    public static partial void NoWorkers(ILogger logger, string queue, int waiting, double seconds);

    [LoggerMessage(LogLevel.Information, "Workers ask for tasks again, or none waits: {Queue} {Waiting}")]
    public static partial void WorkersAgain(ILogger logger, string queue, int waiting);

    [LoggerMessage(LogLevel.Warning, "Output of a recording that is not there: {JobId} {File}")]
    public static partial void RecordingMissing(ILogger logger, Exception exception, string jobId, string file);

    [LoggerMessage(LogLevel.Warning, "Job step will be tried again: {JobId}")]
    public static partial void StepFailed(ILogger logger, Exception exception, string jobId);

    [LoggerMessage(LogLevel.Warning, "Queue step will be tried again: {Queue}")]
    public static partial void QueueStepFailed(ILogger logger, Exception exception, string queue);
}
