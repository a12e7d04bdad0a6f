using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Orleans;
using Recording.Gateway.Sfu.Rooms;
using Recording.Grains.Abstractions.Links;
using Recording.Grains.Abstractions.Rooms;

namespace Recording.Gateway.Sfu.Links;

/// <summary>
/// What stays of one SFU between its connections: the fence, the rooms' events that are not durable, and the observer of its link grain, which is
/// held here because grains hold observers weakly.
/// </summary>
internal sealed class LinkContinuity(string key, IGrainFactory grains, TimeProvider time, ILogger logger, SfuLinkMetrics metrics) : ISfuLinkObserver
{
    private readonly ConcurrentDictionary<string, RoomEventPump> _pumps = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private SfuLink? _owner;
    private ISfuLinkObserver? _reference;

    public LinkFence Fence { get; } = new();

    /// <summary>A link has registered and speaks for this SFU now; answers the one that it replaces, of whose end the rooms must not hear.</summary>
    public SfuLink? TakeOver(SfuLink link) => Interlocked.Exchange(ref _owner, link);

    /// <summary>A link has ended; false = another one speaks already.</summary>
    public bool Release(SfuLink link) => Interlocked.CompareExchange(ref _owner, null, link) == link;

    /// <summary>This object as the link's grain knows it.</summary>
    public ISfuLinkObserver Reference
    {
        get
        {
            lock (_gate)
            {
                return _reference ??= grains.CreateObjectReference<ISfuLinkObserver>(this);
            }
        }
    }

    /// <inheritdoc />
    public Task OnDirective(RoomDirective directive)
    {
        Volatile.Read(ref _owner)?.OnDirective(directive);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task OnFenced(ulong newerFence)
    {
        Volatile.Read(ref _owner)?.OnFenced(newerFence);
        return Task.CompletedTask;
    }

    /// <summary>Rooms with something to say.</summary>
    public ICollection<string> Rooms => _pumps.Keys;

    public int Pending => _pumps.Values.Sum(static p => p.Pending);

    public RoomEventPump Pump(string roomId) =>
        _pumps.GetOrAdd(roomId, static (id, self) => self.Create(id), this);

    /// <summary>Sends what is due, forgets rooms that have nothing left and no link.</summary>
    public void Tick()
    {
        foreach ((string roomId, RoomEventPump pump) in _pumps)
        {
            pump.Kick();
            if (!pump.IsLinkUp && pump.Pending == 0)
            {
                _pumps.TryRemove(new KeyValuePair<string, RoomEventPump>(roomId, pump));
            }
        }
    }

    private RoomEventPump Create(string roomId) => new(grains, time, logger, metrics, roomId, key, Fence);
}
