using Recording.Grains.Rooms.State;
using Recording.Grains.State.Storage;

namespace Recording.Grains.Rooms;

/// <summary>Stores a room: one write at a time, a write covers every change made before it began.</summary>
/// <param name="storage">Where it is stored.</param>
internal sealed class RoomStateWriter(IPersistentState<RoomState> storage)
{
    private readonly OwnedStateStorage<RoomState> _storage = new(storage);
    private Dictionary<string, DurableMark> _marks = new(StringComparer.Ordinal);
    private OutboxSnapshot[] _outboxes = [];
    private Task? _running;
    private long _changes;
    private long _stored;

    /// <summary>The room.</summary>
    public RoomState State => _storage.State;

    /// <summary>Changes are waiting to be stored.</summary>
    public bool IsDirty => _stored < _changes;

    /// <summary>What the stored room still has to tell its recordings.</summary>
    public OutboxSnapshot[] StoredOutboxes => _outboxes;

    /// <summary>The room was loaded.</summary>
    public void Loaded()
    {
        _marks = Marks();
        _outboxes = _storage.Exists ? Snapshots() : [];
    }

    /// <summary>The room changed.</summary>
    public void Changed() => _changes++;

    /// <summary>How far a link's events are stored, for the given fence and session.</summary>
    public (long Sequence, ulong EventIndex) DurableOf(string linkKey, ulong fence, ulong epoch) =>
        _marks.TryGetValue(linkKey, out var mark)
            ? (mark.Fence == fence ? mark.Sequence : 0, mark.Epoch == epoch ? mark.EventIndex : 0)
            : (0, 0);

    /// <summary>Returns when every change made before this call is stored.</summary>
    public async Task StoreAsync()
    {
        var wanted = _changes;
        while (_stored < wanted)
        {
            if (_running is { } running)
            {
                await running.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }

            _running = WriteAsync();
            try
            {
                await _running;
            }
            finally
            {
                _running = null;
            }
        }
    }

    private async Task WriteAsync()
    {
        var changes = _changes;
        var marks = Marks();
        var outboxes = Snapshots();
        await _storage.WriteAsync();
        _stored = changes;
        _marks = marks;
        _outboxes = outboxes;
    }

    private Dictionary<string, DurableMark> Marks()
    {
        var marks = new Dictionary<string, DurableMark>(StringComparer.Ordinal);
        foreach (var (key, link) in State.Links)
        {
            marks[key] = new DurableMark(link.Fence, link.LastSequence, link.Epoch, link.EventIndex);
        }

        return marks;
    }

    private OutboxSnapshot[] Snapshots() => [.. State.Outboxes.Select(OutboxSnapshot.Of)];
}
