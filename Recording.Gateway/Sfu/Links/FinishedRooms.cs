using Recording.Grains.Abstractions.Rooms;

namespace Recording.Gateway.Sfu.Links;

/// <summary>
/// Rooms that were over on a link. The link's grain repeats what it knows every few seconds: such a room stays over until something new is wanted of it,
/// and is forgotten once it was not heard of for ten minutes.
/// </summary>
internal sealed class FinishedRooms(TimeProvider time)
{
    private static readonly TimeSpan s_forget = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_pruneInterval = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, (long Version, long SeenAt)> _rooms = new(StringComparer.Ordinal);
    private long _prunedAt = time.GetTimestamp();

    public int Count => _rooms.Count;

    /// <summary>The room is over; this is the last that was wanted of it.</summary>
    public void Add(RoomDirective last) => _rooms[last.RoomId] = (last.Version, time.GetTimestamp());

    /// <summary>Whether it was known before the room was over.</summary>
    public bool IsOld(RoomDirective directive)
    {
        if (!_rooms.TryGetValue(directive.RoomId, out (long Version, long SeenAt) known) || directive.Version > known.Version)
        {
            return false;
        }

        _rooms[directive.RoomId] = known with { SeenAt = time.GetTimestamp() };
        return true;
    }

    /// <summary>Forgets rooms of which nobody speaks any more; cheap to call often.</summary>
    public void Prune()
    {
        if (time.GetElapsedTime(_prunedAt) < s_pruneInterval)
        {
            return;
        }

        _prunedAt = time.GetTimestamp();
        foreach ((string roomId, (_, long seenAt)) in _rooms)
        {
            if (time.GetElapsedTime(seenAt) >= s_forget)
            {
                _rooms.Remove(roomId);
            }
        }
    }
}
