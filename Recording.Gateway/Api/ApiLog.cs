using Microsoft.Extensions.Logging;

namespace Recording.Gateway.Api;

internal static partial class ApiLog
{
    [LoggerMessage(1, LogLevel.Error, "Call failed unexpectedly: {Method}")]
    public static partial void Unexpected(ILogger logger, Exception exception, string method);

    [LoggerMessage(2, LogLevel.Warning, "The key set {Url} cannot be used, earlier keys stay in force: {Reason}")]
    public static partial void NoKeySet(ILogger logger, Uri url, string reason);
}
