using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Recording.Grains.Abstractions.Links;
using Recording.Grains.Abstractions.Rooms;

namespace Recording.Grains.Links;

/// <summary>One SFU's link: who holds it, and what its rooms want. All in memory: gateways and rooms say it again to a new activation.</summary>
internal sealed class SfuLinkGrain(IOptions<SfuLinkOptions> options, TimeProvider time, ILogger<SfuLinkGrain> logger) : Grain, ISfuLinkGrain
{
    private readonly SfuLinkOptions _options = options.Value;
    private readonly Dictionary<string, RoomDirective> _directives = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _asked = new(StringComparer.Ordinal);
    private LinkLeaseBook _leases = null!;
    private ISfuLinkObserver? _observer;
    private DateTimeOffset _attachedAt;
    private DateTimeOffset _bornAt;
    private string _key = "";

    /// <inheritdoc />
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _key = this.GetPrimaryKeyString();
        _bornAt = time.GetUtcNow();
        _leases = new LinkLeaseBook(_key.StartsWith("id:", StringComparison.Ordinal), _options.LeaseTtl, _bornAt);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task<LinkLease> Acquire(string gatewayId, ulong heldFence)
    {
        var before = _leases.Fence;
        var lease = _leases.Acquire(gatewayId, heldFence, time.GetUtcNow());
        if (lease.Granted && lease.Fence > before)
        {
            SfuLinkLog.Granted(logger, _key, gatewayId, lease.Fence);
            FenceOut(lease.Fence);
        }

        return Task.FromResult(lease);
    }

    /// <inheritdoc />
    public Task<LinkLease> Renew(string gatewayId, ulong fence)
    {
        var before = _leases.Fence;
        var lease = _leases.Renew(gatewayId, fence, time.GetUtcNow());
        if (lease.Granted && before != 0 && lease.Fence > before)
        {
            FenceOut(lease.Fence);
        }

        return Task.FromResult(lease);
    }

    /// <inheritdoc />
    public Task Release(string gatewayId, ulong fence)
    {
        if (_leases.Release(gatewayId, fence))
        {
            _observer = null;
            _attachedAt = default;
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task<bool> Attach(ulong fence, ISfuLinkObserver observer, string[] roomIds)
    {
        var now = time.GetUtcNow();
        var before = _leases.Fence;
        if (!_leases.Admit(fence, now))
        {
            return Task.FromResult(false);
        }

        if (before != 0 && fence > before)
        {
            FenceOut(fence);
        }

        _observer = observer;
        _attachedAt = now;
        foreach (var directive in _directives.Values)
        {
            Tell(directive);
        }

        foreach (var (roomId, askedAt) in _asked)
        {
            if (now - askedAt >= _options.AskAgain)
            {
                _asked.Remove(roomId);
            }
        }

        foreach (var roomId in roomIds)
        {
            AskRoom(roomId, now);
        }

        return Task.FromResult(true);
    }

    /// <inheritdoc />
    public Task SetDirective(RoomDirective directive)
    {
        if (_directives.TryGetValue(directive.RoomId, out var held) && directive.Version < held.Version)
        {
            return Task.CompletedTask;
        }

        if (directive.IsNothing)
        {
            // Nothing is wanted any more: passed on, and asked for again if a gateway still knows the room.
            _directives.Remove(directive.RoomId);
            _asked[directive.RoomId] = time.GetUtcNow();
        }
        else
        {
            _directives[directive.RoomId] = directive;
        }

        Tell(directive);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task<LinkPresence> GetPresence()
    {
        var now = time.GetUtcNow();
        var presence = _observer is not null && now - _attachedAt < _options.AttachTtl ? LinkPresence.Attached
            : now - _bornAt < _options.AttachTtl ? LinkPresence.Unknown
            : LinkPresence.Absent;
        return Task.FromResult(presence);
    }

    private void FenceOut(ulong newerFence)
    {
        if (_observer is { } older)
        {
            _observer = null;
            _attachedAt = default;
            _ = Call(older.OnFenced(newerFence));
        }
    }

    private void Tell(RoomDirective directive)
    {
        if (_observer is { } observer)
        {
            _ = Call(observer.OnDirective(directive));
        }
    }

    private async Task Call(Task call)
    {
        try
        {
            await call;
        }
        catch (Exception exception)
        {
            SfuLinkLog.ObserverFailed(logger, _key, exception);
        }
    }

    /// <summary>Not awaited: the room may be waiting for this grain.</summary>
    private void AskRoom(string roomId, DateTimeOffset now)
    {
        if (_directives.ContainsKey(roomId) || _asked.ContainsKey(roomId))
        {
            return;
        }

        _asked[roomId] = now;
        _ = Repeat(roomId);
    }

    private async Task Repeat(string roomId)
    {
        try
        {
            await GrainFactory.GetGrain<IRoomGrain>(roomId).RepeatDirective(_key);
        }
        catch (Exception exception)
        {
            _asked.Remove(roomId);
            SfuLinkLog.RepeatFailed(logger, _key, roomId, exception);
        }
    }
}
