using Microsoft.Extensions.Logging;
using Recording.Model;

namespace Recording.Gateway.Sfu;

/// <summary>Log messages of links and ingest.</summary>
internal static partial class SfuLinkLog
{
    [LoggerMessage(1, LogLevel.Information, "Link is registered")]
    public static partial void Registered(ILogger logger, string linkKey, string sfuId, ulong sessionId, ulong fence, string capabilities);

    [LoggerMessage(2, LogLevel.Information, "Link ended")]
    public static partial void LinkEnded(ILogger logger, string linkKey, RecordingErrorCode code, string reason);

    [LoggerMessage(3, LogLevel.Warning, "Message was refused")]
    public static partial void Violation(ILogger logger, string linkKey, string kind, RecordingErrorCode code, string reason, long occurrences);

    [LoggerMessage(4, LogLevel.Information, "SFU cannot be reached")]
    public static partial void DialFailed(ILogger logger, string linkKey, string reason);

    [LoggerMessage(5, LogLevel.Warning, "Link handling failed")]
    public static partial void LinkFailed(ILogger logger, Exception exception, string linkKey);

    [LoggerMessage(6, LogLevel.Warning, "Track call failed and is tried again")]
    public static partial void TrackCallFailed(ILogger logger, Exception exception, string recordingId, string trackId, string method, int failures);

    [LoggerMessage(7, LogLevel.Error, "Track refused a batch as malformed; its indexes are kept as skipped")]
    public static partial void BatchRefused(ILogger logger, string recordingId, string trackId, ulong epoch, ulong firstIndex, int count);

    [LoggerMessage(8, LogLevel.Warning, "Track takes no more packets")]
    public static partial void TrackClosed(ILogger logger, string recordingId, string trackId, ulong epoch, string status, long packets);

    [LoggerMessage(9, LogLevel.Information, "Track is drained")]
    public static partial void TrackDrained(ILogger logger, string recordingId, string trackId, ulong epoch, ulong lastIndex);

    [LoggerMessage(10, LogLevel.Warning, "Room call failed and is tried again")]
    public static partial void RoomCallFailed(ILogger logger, Exception exception, string roomId, string linkKey, int failures);

    [LoggerMessage(11, LogLevel.Warning, "Recording call failed and is tried again")]
    public static partial void RecordingCallFailed(ILogger logger, Exception exception, string recordingId, string trackId, string method);

    [LoggerMessage(12, LogLevel.Information, "Links are being drained")]
    public static partial void Draining(ILogger logger, int links, int tracks);

    [LoggerMessage(13, LogLevel.Information, "Links are drained")]
    public static partial void Drained(ILogger logger, int unfinishedTracks);

    [LoggerMessage(14, LogLevel.Warning, "Lease call failed and is tried again")]
    public static partial void LeaseCallFailed(ILogger logger, Exception exception, string linkKey);

    [LoggerMessage(15, LogLevel.Warning, "Name cannot be resolved")]
    public static partial void ResolveFailed(ILogger logger, string host, string reason);

    [LoggerMessage(16, LogLevel.Warning, "Loop failed and goes on")]
    public static partial void LoopFailed(ILogger logger, Exception exception, string loop);

    [LoggerMessage(17, LogLevel.Warning, "SFU reported an error")]
    public static partial void SfuError(ILogger logger, string linkKey, string roomId, int code, string reason);

    [LoggerMessage(18, LogLevel.Warning, "Link is pushed back")]
    public static partial void PushedBack(ILogger logger, string linkKey, int code, string reason);
}
