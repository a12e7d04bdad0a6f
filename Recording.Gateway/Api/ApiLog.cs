using Microsoft.Extensions.Logging;

namespace Recording.Gateway.Api;

internal static partial class ApiLog
{
    [LoggerMessage(1, LogLevel.Error, "Call failed unexpectedly: {Method}")]
    public static partial void Unexpected(ILogger logger, Exception exception, string method);

    [LoggerMessage(2, LogLevel.Warning, "The key set {Url} cannot be used, earlier keys stay in force: {Reason}")]
    public static partial void NoKeySet(ILogger logger, Uri url, string reason);

    [LoggerMessage(3, LogLevel.Warning, "Download of {File} of recording {RecordingId} refused to {PeerId}")]
    public static partial void DownloadRefused(ILogger logger, string recordingId, string file, string peerId);

    [LoggerMessage(4, LogLevel.Information, "Download of {File} of recording {RecordingId} by {Subject}")]
    public static partial void Downloading(ILogger logger, string recordingId, string file, string subject);
}
