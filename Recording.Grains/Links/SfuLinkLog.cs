using Microsoft.Extensions.Logging;

namespace Recording.Grains.Links;

internal static partial class SfuLinkLog
{
    [LoggerMessage(EventId = 3300, Level = LogLevel.Information, Message = "Link lease {link} granted to {gateway} with fence {fence}")]
    public static partial void Granted(ILogger logger, string link, string gateway, ulong fence);

    [LoggerMessage(EventId = 3301, Level = LogLevel.Warning, Message = "The gateway of link {link} could not be called")]
    public static partial void ObserverFailed(ILogger logger, string link, Exception exception);

    [LoggerMessage(EventId = 3302, Level = LogLevel.Warning, Message = "Room {room} did not repeat its directive for link {link}")]
    public static partial void RepeatFailed(ILogger logger, string link, string room, Exception exception);
}
