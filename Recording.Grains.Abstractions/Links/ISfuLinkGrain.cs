using Recording.Grains.Abstractions.Rooms;

namespace Recording.Grains.Abstractions.Links;

/// <summary>One SFU's link; key <c>dial:{host:port}</c> or <c>id:{sfu_id}</c>. Holds the lease, the gateway's observer and what its rooms want. Memory only.</summary>
[Alias("recording.ISfuLinkGrain")]
public interface ISfuLinkGrain : IGrainWithStringKey
{
    /// <summary>Asks for the lease. A key <c>id:</c> is always granted with a new fence (the newest link wins); a key <c>dial:</c> only when free.</summary>
    /// <param name="gatewayId">The gateway process.</param>
    /// <param name="heldFence">Fence that this gateway holds already; 0 = none.</param>
    [Alias("Acquire")]
    Task<LinkLease> Acquire(string gatewayId, ulong heldFence);

    /// <summary>Prolongs the lease by its TTL (6 s; call each 2 s); not granted = fenced out.</summary>
    [Alias("Renew")]
    Task<LinkLease> Renew(string gatewayId, ulong fence);

    /// <summary>Gives the lease back at once.</summary>
    [Alias("Release")]
    Task Release(string gatewayId, ulong fence);

    /// <summary>Sets the observer that receives directives; repeated each 5 s, because observers are held weakly. False = fenced out.</summary>
    /// <param name="fence">The link's fence.</param>
    /// <param name="observer">The gateway's object.</param>
    /// <param name="roomIds">Rooms known on this link; those whose directive this activation lacks are asked for it.</param>
    [Alias("Attach")]
    Task<bool> Attach(ulong fence, ISfuLinkObserver observer, string[] roomIds);

    /// <summary>What a room wants of this link; kept until replaced by one of a higher version, and passed on.</summary>
    [Alias("SetDirective")]
    Task SetDirective(RoomDirective directive);

    /// <summary>Whether a gateway holds this link; rooms ask it of links that are silent.</summary>
    [Alias("GetPresence")]
    Task<LinkPresence> GetPresence();
}
