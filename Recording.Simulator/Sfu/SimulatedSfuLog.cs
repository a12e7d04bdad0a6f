namespace Recording.Simulator.Sfu;

/// <summary>What the simulated SFU logs.</summary>
internal static partial class SimulatedSfuLog
{
    [LoggerMessage(1, LogLevel.Information, "link {LinkId} registered: service {ServiceId}, fence {Fence}")]
    public static partial void Registered(ILogger logger, int linkId, string serviceId, ulong fence);

    [LoggerMessage(2, LogLevel.Information, "link {LinkId} ended: {Reason}")]
    public static partial void LinkEnded(ILogger logger, int linkId, string reason);

    [LoggerMessage(3, LogLevel.Warning, "recorder sent error {Code} for room {RoomId}: {Text}")]
    public static partial void RecorderError(ILogger logger, int code, string roomId, string text);

    [LoggerMessage(4, LogLevel.Information, "room {RoomId}: recording {RecordingId} started")]
    public static partial void RecordingStarted(ILogger logger, string roomId, string recordingId);

    [LoggerMessage(5, LogLevel.Information, "room {RoomId}: recording {RecordingId} stopped")]
    public static partial void RecordingStopped(ILogger logger, string roomId, string recordingId);

    [LoggerMessage(6, LogLevel.Information, "room {RoomId}: producer {ProducerId} subscribed, handle {Handle}, from index {Index}")]
    public static partial void Subscribed(ILogger logger, string roomId, string producerId, uint handle, ulong index);

    [LoggerMessage(7, LogLevel.Warning, "cannot reach {Address}: {Reason}")]
    public static partial void DialFailed(ILogger logger, string address, string reason);

    [LoggerMessage(8, LogLevel.Error, "media pump failed")]
    public static partial void PumpFailed(ILogger logger, Exception exception);
}
