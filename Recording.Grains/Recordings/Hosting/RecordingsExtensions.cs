using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Hosting;

namespace Recording.Grains.Recordings.Hosting;

/// <summary>Registers what recording and index grains need.</summary>
public static class RecordingsExtensions
{
    /// <summary>
    /// Adds recordings to a silo. <c>IObjectStore</c> comes from the services; grain storage "objects" and reminders must be there too.
    /// Call it after <c>UseOrleans</c> has begun: the hosted service that wakes the index needs a silo that runs.
    /// </summary>
    public static ISiloBuilder AddRecordings(this ISiloBuilder builder, Action<RecordingsOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddRecordings(configure);
        return builder;
    }

    /// <summary>As the overload for a silo.</summary>
    public static IServiceCollection AddRecordings(this IServiceCollection services, Action<RecordingsOptions>? configure = null)
    {
        services.AddOptions<RecordingsOptions>();
        if (configure is not null)
        {
            services.Configure(configure);
        }

        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<RecordingMetrics>();
        services.TryAddSingleton<AssemblySlots>();
        services.TryAddSingleton<IAssemblyRun, StoredAssembly>();
        services.AddHostedService<IndexArming>();
        return services;
    }
}
