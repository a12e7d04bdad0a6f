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
    private static readonly TimeSpan s_forget = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, RoomEventPump> _pumps = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private SfuLink? _owner;
    private ulong _epoch;
    private ISfuLinkObserver? _reference;
    private long _freeSince = time.GetTimestamp();
    private int _holders;
    private bool _isForgotten;

    public LinkFence Fence { get; } = new();

    /// <summary>Keeps it from being forgotten until <see cref="Unhold"/>; false = it is forgotten already.</summary>
    public bool TryHold()
    {
        lock (_gate)
        {
            if (_isForgotten)
            {
                return false;
            }

            _holders++;
            return true;
        }
    }

    /// <summary>One of those who held it needs it no more.</summary>
    public void Unhold()
    {
        lock (_gate)
        {
            _holders--;
            _freeSince = time.GetTimestamp();
        }
    }

    /// <summary>Forgets it when nobody has held it for ten minutes and no room has anything to say.</summary>
    public bool TryForget()
    {
        lock (_gate)
        {
            return _isForgotten = _holders == 0 && _pumps.IsEmpty && time.GetElapsedTime(_freeSince) >= s_forget;
        }
    }

    /// <summary>A link has registered and speaks for this SFU now; answers the one that it replaces, of whose end the rooms must not hear.</summary>
    public SfuLink? TakeOver(SfuLink link) => Interlocked.Exchange(ref _owner, link);

    /// <summary>The SFU is in this session now; answers the one before it, whose process is gone with all that it held; 0 = none.</summary>
    public ulong BeginSession(ulong epoch) => Interlocked.Exchange(ref _epoch, epoch) is var before && before != epoch ? before : 0;

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

    /// <summary>The room's events, for a link that is up; they are kept until the link is down and nothing is pending.</summary>
    public RoomEventPump Open(string roomId)
    {
        lock (_gate)
        {
            RoomEventPump pump = _pumps.GetOrAdd(roomId, static (id, self) => self.Create(id), this);
            pump.IsLinkUp = true;
            return pump;
        }
    }

    /// <summary>Sends what is due, forgets rooms that have nothing left and no link.</summary>
    public void Tick()
    {
        foreach ((string roomId, RoomEventPump pump) in _pumps)
        {
            pump.Kick();
            lock (_gate)
            {
                if (!pump.IsLinkUp && pump.Pending == 0)
                {
                    _pumps.TryRemove(new KeyValuePair<string, RoomEventPump>(roomId, pump));
                }
            }
        }
    }

    private RoomEventPump Create(string roomId) => new(grains, time, logger, metrics, roomId, key, Fence);
}
