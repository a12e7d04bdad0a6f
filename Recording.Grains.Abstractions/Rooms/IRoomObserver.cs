using Orleans.Concurrency;

namespace Recording.Grains.Abstractions.Rooms;

/// <summary>Somebody who watches a room live; nothing durable depends on it.</summary>
[Alias("recording.IRoomObserver")]
public interface IRoomObserver : IGrainObserver
{
    /// <summary>The room after a change.</summary>
    [OneWay]
    [Alias("OnChanged")]
    Task OnChanged(RoomView view);

    /// <summary>A start was refused, by policy or by the SFU.</summary>
    [OneWay]
    [Alias("OnStartFailed")]
    Task OnStartFailed(string recordingId, RecordingFailure failure);
}
