using Microsoft.Extensions.Logging;
using Orleans;

namespace Recording.Grains.Tracks;

/// <summary>What track grains log.</summary>
internal static partial class TrackGrainLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Batch of track {Track} refused: epoch {Epoch}, first index {FirstIndex}, count {Count}: {Fault}")]
    public static partial void Malformed(ILogger logger, string track, ulong epoch, ulong firstIndex, int count, string? fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Track {Track} leaves {Bytes} bytes to the gateway; reason {Reason}")]
    public static partial void LeftUnstored(ILogger logger, string track, int bytes, DeactivationReasonCode reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stored segments of track {Track}, epoch {Epoch}, could not be listed; the gateway's word stands")]
    public static partial void NotConfirmed(ILogger logger, string track, ulong epoch, Exception exception);
}
