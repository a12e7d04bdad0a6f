using Microsoft.Extensions.Logging;

namespace Recording.Grains.State.Storage;

/// <summary>What grain storage logs.</summary>
internal static partial class GrainStateLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "State {Key} was changed elsewhere; held version {ETag}")]
    public static partial void Conflict(ILogger logger, string key, string? etag);

    [LoggerMessage(Level = LogLevel.Error, Message = "Cannot {Operation} state {Key}")]
    public static partial void StoreFailed(ILogger logger, string operation, string key, Exception exception);
}
