using Microsoft.Extensions.Logging;
using Recording.Model;

namespace Recording.Gateway.Sfu;

/// <summary>Log messages of links and ingest.</summary>
internal static partial class SfuLinkLog
{
    [LoggerMessage(1, LogLevel.Information, "Link {linkKey} is registered: SFU {sfuId}, session {sessionId}, fence {fence}, capabilities {capabilities}")]
    public static partial void Registered(ILogger logger, string linkKey, string sfuId, ulong sessionId, ulong fence, string capabilities);

    [LoggerMessage(2, LogLevel.Information, "Link {linkKey} ended: {code}, {reason}")]
    public static partial void LinkEnded(ILogger logger, string linkKey, RecordingErrorCode code, string reason);

    [LoggerMessage(3, LogLevel.Warning, "A message on link {linkKey} was refused: {kind}, {code}, {reason}; {occurrences} so far")]
    public static partial void Violation(ILogger logger, string linkKey, string kind, RecordingErrorCode code, string reason, long occurrences);

    [LoggerMessage(4, LogLevel.Information, "The SFU of link {linkKey} cannot be reached: {reason}")]
    public static partial void DialFailed(ILogger logger, string linkKey, string reason);

    [LoggerMessage(5, LogLevel.Warning, "Handling link {linkKey} failed")]
    public static partial void LinkFailed(ILogger logger, Exception exception, string linkKey);

    [LoggerMessage(6, LogLevel.Warning, "{method} of track {trackId} of {recordingId} failed {failures} times and is tried again")]
    public static partial void TrackCallFailed(ILogger logger, Exception exception, string recordingId, string trackId, string method, int failures);

    [LoggerMessage(7, LogLevel.Error, "Track {trackId} of {recordingId} refused a batch as malformed: session {epoch}, {count} packets from {firstIndex}; their indexes are kept as skipped")]
    public static partial void BatchRefused(ILogger logger, string recordingId, string trackId, ulong epoch, ulong firstIndex, int count);

    [LoggerMessage(8, LogLevel.Warning, "Track {trackId} of {recordingId} takes no more packets of session {epoch}: {status}; {packets} were dropped")]
    public static partial void TrackClosed(ILogger logger, string recordingId, string trackId, ulong epoch, string status, long packets);

    [LoggerMessage(9, LogLevel.Information, "Track {trackId} of {recordingId} is drained: session {epoch}, last index {lastIndex}")]
    public static partial void TrackDrained(ILogger logger, string recordingId, string trackId, ulong epoch, ulong lastIndex);

    [LoggerMessage(10, LogLevel.Warning, "Room {roomId} did not take what link {linkKey} said, {failures} times; it is tried again")]
    public static partial void RoomCallFailed(ILogger logger, Exception exception, string roomId, string linkKey, int failures);

    [LoggerMessage(11, LogLevel.Warning, "{method} of track {trackId} to recording {recordingId} failed and is tried again")]
    public static partial void RecordingCallFailed(ILogger logger, Exception exception, string recordingId, string trackId, string method);

    [LoggerMessage(12, LogLevel.Information, "{links} links with {tracks} tracks are being drained")]
    public static partial void Draining(ILogger logger, int links, int tracks);

    [LoggerMessage(13, LogLevel.Information, "Links are drained; {unfinishedTracks} tracks are not stored to their end")]
    public static partial void Drained(ILogger logger, int unfinishedTracks);

    [LoggerMessage(14, LogLevel.Warning, "The lease of link {linkKey} could not be asked for; it is tried again")]
    public static partial void LeaseCallFailed(ILogger logger, Exception exception, string linkKey);

    [LoggerMessage(15, LogLevel.Warning, "{host} cannot be resolved: {reason}")]
    public static partial void ResolveFailed(ILogger logger, string host, string reason);

    [LoggerMessage(16, LogLevel.Warning, "{loop} failed and goes on")]
    public static partial void LoopFailed(ILogger logger, Exception exception, string loop);

    [LoggerMessage(17, LogLevel.Warning, "The SFU of link {linkKey} reported error {code} in room {roomId}: {reason}")]
    public static partial void SfuError(ILogger logger, string linkKey, string roomId, int code, string reason);

    [LoggerMessage(18, LogLevel.Warning, "{code}: link {linkKey} is pushed back, {reason}")]
    public static partial void PushedBack(ILogger logger, string linkKey, int code, string reason);
}
