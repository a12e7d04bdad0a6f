using System.Collections.Concurrent;
using Recording.Grains.Abstractions.Rooms;

namespace Recording.Grains.Tests.Rooms;

internal sealed class TestWatcher : IRoomObserver
{
    public ConcurrentQueue<RoomView> Views { get; } = new();

    public ConcurrentQueue<RecordingFailure> Failures { get; } = new();

    public Task OnChanged(RoomView view)
    {
        Views.Enqueue(view);
        return Task.CompletedTask;
    }

    public Task OnStartFailed(string recordingId, RecordingFailure failure)
    {
        Failures.Enqueue(failure);
        return Task.CompletedTask;
    }
}
