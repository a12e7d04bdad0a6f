using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Hosting;
using Recording.Grains.Links;
using Recording.Model;

namespace Recording.Grains.Rooms;

/// <summary>Registers rooms and links on a silo.</summary>
public static class RoomsServiceExtensions
{
    /// <summary>Adds what <c>IRoomGrain</c> and <c>ISfuLinkGrain</c> need; grain storage <c>objects</c> is registered by its own extension.</summary>
    public static ISiloBuilder AddRooms(this ISiloBuilder builder, Action<RoomOptions>? configureRooms = null, Action<SfuLinkOptions>? configureLinks = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddOptions<RoomOptions>();
        services.AddOptions<SfuLinkOptions>();
        if (configureRooms is not null)
        {
            services.Configure(configureRooms);
        }

        if (configureLinks is not null)
        {
            services.Configure(configureLinks);
        }

        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(static provider => new RecordingIdSource(provider.GetRequiredService<TimeProvider>(), RandomNumberGenerator.Create()));
        services.TryAddSingleton<LiveRooms>();
        services.TryAddSingleton<RoomMetrics>();
        return builder;
    }
}
