using Recording.Grains.Abstractions.Links;

namespace Recording.Grains.Links;

/// <summary>
/// Who holds one link: a fencing token in memory. A young book knows nothing of what another activation granted, so for one TTL it grants a
/// <c>dial:</c> key only to a holder that presents its fence. Fences only rise: max(unix ms, previous + 1).
/// </summary>
/// <param name="isNewestWins">True for keys <c>id:</c>: every request is granted and fences the older link out.</param>
/// <param name="ttl">How long a lease holds without renewal.</param>
/// <param name="bornAt">When this book was opened.</param>
public sealed class LinkLeaseBook(bool isNewestWins, TimeSpan ttl, DateTimeOffset bornAt)
{
    private string? _holder;
    private DateTimeOffset _expiresAt;

    /// <summary>The highest fence known; 0 = none.</summary>
    public ulong Fence { get; private set; }

    /// <summary>Asks for the lease.</summary>
    /// <param name="gatewayId">Who asks.</param>
    /// <param name="heldFence">Fence that it holds already; 0 = none.</param>
    /// <param name="now">The time.</param>
    public LinkLease Acquire(string gatewayId, ulong heldFence, DateTimeOffset now)
    {
        if (isNewestWins)
        {
            return Grant(gatewayId, Next(heldFence, now), now);
        }

        if (heldFence > 0 && heldFence >= Fence && (heldFence > Fence || !IsHeldByOther(gatewayId, now)))
        {
            // It kept its link while this book was born, or while nobody else took the lease.
            return Grant(gatewayId, heldFence, now);
        }

        if (IsHeldByOther(gatewayId, now))
        {
            return new LinkLease(false, Fence, _expiresAt - now);
        }

        var youngUntil = bornAt + ttl;
        if (Fence == 0 && now < youngUntil)
        {
            return new LinkLease(false, 0, youngUntil - now);
        }

        return Grant(gatewayId, Next(heldFence, now), now);
    }

    /// <summary>Prolongs the lease; a fence that this book has not seen yet is believed, since fences only rise.</summary>
    public LinkLease Renew(string gatewayId, ulong fence, DateTimeOffset now)
    {
        if (fence > Fence)
        {
            return Grant(gatewayId, fence, now);
        }

        if (fence == Fence && fence != 0 && (_holder == gatewayId || _holder is { Length: 0 }))
        {
            return Grant(gatewayId, fence, now);
        }

        return new LinkLease(false, Fence, TimeSpan.Zero);
    }

    /// <summary>Gives the lease back; the fence stays known.</summary>
    /// <returns>Whether the caller held it.</returns>
    public bool Release(string gatewayId, ulong fence)
    {
        if (fence != Fence || (_holder != gatewayId && _holder is not { Length: 0 }))
        {
            return false;
        }

        _holder = null;
        return true;
    }

    /// <summary>Whether a link of this fence may attach; a fence not seen yet is believed.</summary>
    public bool Admit(ulong fence, DateTimeOffset now)
    {
        if (fence < Fence || fence == 0)
        {
            return false;
        }

        if (fence > Fence)
        {
            // Its gateway is not named here; whoever renews this fence is it.
            Grant("", fence, now);
        }

        return _holder is not null;
    }

    private bool IsHeldByOther(string gatewayId, DateTimeOffset now) => _holder is not null && _holder != gatewayId && now < _expiresAt;

    private ulong Next(ulong heldFence, DateTimeOffset now) =>
        Math.Max((ulong)now.ToUnixTimeMilliseconds(), Math.Max(Fence, heldFence) + 1);

    private LinkLease Grant(string gatewayId, ulong fence, DateTimeOffset now)
    {
        _holder = gatewayId;
        _expiresAt = now + ttl;
        Fence = fence;
        return new LinkLease(true, fence, ttl);
    }
}
