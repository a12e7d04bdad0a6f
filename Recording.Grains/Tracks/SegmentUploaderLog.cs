using Microsoft.Extensions.Logging;

namespace Recording.Grains.Tracks;

/// <summary>What the uploader and the merging of segments log.</summary>
internal static partial class SegmentUploaderLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Segment {Key} of {Bytes} bytes not stored in attempt {Attempt}; it is tried again")]
    public static partial void Failed(ILogger logger, string key, int bytes, int attempt, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Segment {Key} is left to the gateway: the activation ends")]
    public static partial void Stopped(ILogger logger, string key);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Merged {Parts} segments into {Key} of {Bytes} bytes")]
    public static partial void RolledUp(ILogger logger, string key, int parts, long bytes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Segments were not merged into {Key}; they stay as they are")]
    public static partial void RollUpFailed(ILogger logger, string key, Exception exception);
}
