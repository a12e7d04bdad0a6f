using Microsoft.Extensions.Logging;

namespace Recording.Gateway.Sfu.Spool;

/// <summary>Log messages of the spool.</summary>
internal static partial class SpoolLogMessages
{
    [LoggerMessage(40, LogLevel.Information, "The spool {folder} is open: at most {maxBytes} bytes, {reserveBytes} of the disk stay free")]
    public static partial void Opened(ILogger logger, string folder, long maxBytes, long reserveBytes);

    [LoggerMessage(41, LogLevel.Warning, "There is no spool, {reason}: packets that the store does not take are kept in memory only. Set RECORDING_SPOOL to a folder that can be written")]
    public static partial void None(ILogger logger, string reason);

    [LoggerMessage(42, LogLevel.Error, "{code}: the spool takes nothing ({state}: {reason}) and holds {bytes} bytes; SFUs are pushed back once memory is used up")]
    public static partial void Blocked(ILogger logger, int code, SpoolState state, string reason, long bytes);

    [LoggerMessage(43, LogLevel.Information, "The spool takes packets again; it holds {bytes} bytes")]
    public static partial void Unblocked(ILogger logger, long bytes);

    [LoggerMessage(44, LogLevel.Warning, "{code}: packets of {tracks} tracks, {bytes} bytes, wait in the spool because the store does not take them; the oldest since {oldestSeconds:0.0} s")]
    public static partial void Holding(ILogger logger, int code, int tracks, long bytes, double oldestSeconds);

    [LoggerMessage(45, LogLevel.Information, "Spool is drained")]
    public static partial void Drained(ILogger logger);

    [LoggerMessage(46, LogLevel.Warning, "Packets of a process that is gone are brought to their recordings: {tracks} tracks, {batches} batches, {bytes} bytes from {folder}")]
    public static partial void Adopted(ILogger logger, string folder, int tracks, int batches, long bytes);

    [LoggerMessage(47, LogLevel.Error, "{file} of the spool is damaged at {offset}: {reason}; what can be read of it is used, and it is kept aside")]
    public static partial void Damaged(ILogger logger, string file, long offset, string reason);

    [LoggerMessage(48, LogLevel.Warning, "The spool folder {folder} is left alone: {reason}")]
    public static partial void LeftAlone(ILogger logger, string folder, string reason);

    [LoggerMessage(49, LogLevel.Error, "Packets of track {trackId} of {recordingId}, session {epoch}, came too late ({reason}) and are kept aside in {file}")]
    public static partial void TooLate(ILogger logger, string recordingId, string trackId, ulong epoch, string reason, string file);

    [LoggerMessage(50, LogLevel.Error, "Upkeep of the spool {folder} failed and goes on")]
    public static partial void UpkeepFailed(ILogger logger, Exception exception, string folder);
}
