using Recording.Grains.Abstractions.Rooms;

namespace Recording.Grains.Rooms;

/// <summary>Observers of a room; each falls out when it has not renewed its watch.</summary>
/// <param name="expiry">How long a watch lasts.</param>
/// <param name="time">The clock.</param>
internal sealed class RoomWatchers(TimeSpan expiry, TimeProvider time)
{
    private readonly Dictionary<IRoomObserver, DateTimeOffset> _watches = [];

    public bool IsEmpty => _watches.Count == 0;

    public void Add(IRoomObserver observer) => _watches[observer] = time.GetUtcNow() + expiry;

    public void Remove(IRoomObserver observer) => _watches.Remove(observer);

    public void Expire()
    {
        var now = time.GetUtcNow();
        foreach (var observer in _watches.Where(watch => watch.Value <= now).Select(static watch => watch.Key).ToArray())
        {
            _watches.Remove(observer);
        }
    }

    public void Changed(RoomView view)
    {
        foreach (var observer in _watches.Keys)
        {
            observer.OnChanged(view).Ignore();
        }
    }

    public void StartFailed(StartFailure failure)
    {
        foreach (var observer in _watches.Keys)
        {
            observer.OnStartFailed(failure.RecordingId, failure.Failure).Ignore();
        }
    }
}
