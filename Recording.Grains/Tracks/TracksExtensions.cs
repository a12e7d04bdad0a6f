using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Hosting;

namespace Recording.Grains.Tracks;

/// <summary>Registers what track grains need.</summary>
public static class TracksExtensions
{
    /// <summary>Adds the silo-wide uploader and its options; <c>IObjectStore</c> comes from the services.</summary>
    public static ISiloBuilder AddTracks(this ISiloBuilder builder, Action<TrackOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddTracks(configure);
        return builder;
    }

    /// <summary>As the overload for a silo.</summary>
    public static IServiceCollection AddTracks(this IServiceCollection services, Action<TrackOptions>? configure = null)
    {
        services.AddOptions<TrackOptions>();
        if (configure is not null)
        {
            services.Configure(configure);
        }

        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<TrackMetrics>();
        services.TryAddSingleton<SegmentUploader>();
        services.TryAddSingleton<SegmentRollUp>();
        return services;
    }
}
