using Microsoft.Extensions.Logging;

namespace Recording.Gateway.Api;

internal static partial class ApiLog
{
    [LoggerMessage(1, LogLevel.Error, "Call failed unexpectedly: {Method}")]
    public static partial void Unexpected(ILogger logger, Exception exception, string method);
}
