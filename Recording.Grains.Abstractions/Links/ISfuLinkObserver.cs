using Orleans.Concurrency;
using Recording.Grains.Abstractions.Rooms;

namespace Recording.Grains.Abstractions.Links;

/// <summary>The gateway's end of a link grain.</summary>
[Alias("recording.ISfuLinkObserver")]
public interface ISfuLinkObserver : IGrainObserver
{
    /// <summary>What a room wants now; older versions are ignored.</summary>
    [OneWay]
    [Alias("OnDirective")]
    Task OnDirective(RoomDirective directive);

    /// <summary>A newer link holds this SFU: close (1006).</summary>
    [OneWay]
    [Alias("OnFenced")]
    Task OnFenced(ulong newerFence);
}
