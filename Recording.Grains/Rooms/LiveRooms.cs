using System.Collections.Concurrent;

namespace Recording.Grains.Rooms;

/// <summary>Rooms that this silo records now.</summary>
public sealed class LiveRooms
{
    private readonly ConcurrentDictionary<string, bool> _rooms = new(StringComparer.Ordinal);

    /// <summary>How many.</summary>
    public int Count => _rooms.Count;

    /// <summary>Says whether a room is being recorded.</summary>
    public void Set(string roomId, bool isLive)
    {
        if (isLive)
        {
            _rooms.TryAdd(roomId, true);
        }
        else
        {
            _rooms.TryRemove(roomId, out _);
        }
    }

    /// <summary>Whether another room would be one too many.</summary>
    /// <param name="roomId">The room; it does not count against itself.</param>
    /// <param name="limit">Rooms allowed; 0 = no limit.</param>
    public bool IsFullFor(string roomId, int limit) => limit > 0 && !_rooms.ContainsKey(roomId) && _rooms.Count >= limit;
}
