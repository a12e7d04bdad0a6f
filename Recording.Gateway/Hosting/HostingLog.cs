using Microsoft.Extensions.Logging;

namespace Recording.Gateway.Hosting;

internal static partial class HostingLog
{
    [LoggerMessage(1, LogLevel.Information, "{Setting}")]
    public static partial void InForce(ILogger logger, string setting);
}
