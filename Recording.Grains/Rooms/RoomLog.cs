using Microsoft.Extensions.Logging;

namespace Recording.Grains.Rooms;

internal static partial class RoomLog
{
    [LoggerMessage(EventId = 3200, Level = LogLevel.Information, Message = "Room {room} records as {recording}")]
    public static partial void Opened(ILogger logger, string room, string recording);

    [LoggerMessage(EventId = 3201, Level = LogLevel.Information, Message = "Recording {recording} of room {room} ends: {reason}, code {code}")]
    public static partial void Stopped(ILogger logger, string room, string recording, string reason, int code);

    [LoggerMessage(EventId = 3202, Level = LogLevel.Warning, Message = "Start of recording {recording} of room {room} failed with code {code}: {reason}")]
    public static partial void StartFailed(ILogger logger, string room, string recording, int code, string reason);

    [LoggerMessage(EventId = 3203, Level = LogLevel.Warning, Message = "Room {room} could not be stored; it is tried again")]
    public static partial void StoreFailed(ILogger logger, string room, Exception exception);

    [LoggerMessage(EventId = 3204, Level = LogLevel.Error, Message = "Room {room} was stored by another activation; this one ends")]
    public static partial void Overtaken(ILogger logger, string room, Exception exception);

    [LoggerMessage(EventId = 3205, Level = LogLevel.Warning, Message = "Recording {recording} of room {room} could not be told; it is tried again")]
    public static partial void DeliveryFailed(ILogger logger, string room, string recording, Exception exception);

    [LoggerMessage(EventId = 3206, Level = LogLevel.Error, Message = "Recording {recording} of room {room} does not take {what}; it is left out")]
    public static partial void NotTaken(ILogger logger, string room, string recording, string what, Exception exception);

    [LoggerMessage(EventId = 3207, Level = LogLevel.Warning, Message = "Link {link} could not be told what room {room} wants; it is tried again")]
    public static partial void DirectiveFailed(ILogger logger, string room, string link, Exception exception);

    [LoggerMessage(EventId = 3208, Level = LogLevel.Warning, Message = "Link {link} could not be asked who holds it, for room {room}")]
    public static partial void PresenceFailed(ILogger logger, string room, string link, Exception exception);

    [LoggerMessage(EventId = 3209, Level = LogLevel.Error, Message = "Room {room} failed in the background; it goes on with the next tick")]
    public static partial void BackgroundFailed(ILogger logger, string room, Exception exception);

    [LoggerMessage(EventId = 3210, Level = LogLevel.Warning, Message = "Link {link} used an older fence {fence} for room {room}")]
    public static partial void Fenced(ILogger logger, string room, string link, ulong fence);
}
