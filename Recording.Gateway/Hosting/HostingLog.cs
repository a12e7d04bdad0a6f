using Microsoft.Extensions.Logging;

namespace Recording.Gateway.Hosting;

internal static partial class HostingLog
{
    [LoggerMessage(1, LogLevel.Information, "{Setting}")]
    public static partial void InForce(ILogger logger, string setting);

    [LoggerMessage(20, LogLevel.Information, "The bucket can be listed and written")]
    public static partial void StoreReady(ILogger logger);

    [LoggerMessage(21, LogLevel.Error, "{Code}: {Problem} Asking again in {Delay} s")]
    public static partial void StoreNotReady(ILogger logger, int code, string problem, double delay);
}
