using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Hosting;
using Orleans.Runtime.Hosting;
using Recording.Grains.Abstractions;
using Recording.Grains.State.Options;
using Recording.Grains.State.Storage;

namespace Recording.Grains.State.Hosting;

/// <summary>Registers grain storage on the silo's <see cref="Recording.Storage.IObjectStore"/>.</summary>
public static class ObjectStoreGrainStorageExtensions
{
    /// <summary>The name that this product's grains ask for.</summary>
    public const string DefaultName = "objects";

    /// <summary>Adds the provider under <paramref name="name"/>; <c>IObjectStore</c> and <c>TimeProvider</c> come from the services.</summary>
    /// <remarks>Also makes errors of the store reach callers as <see cref="Model.RecordingException"/> (4001) instead of wrapped in Orleans' own.</remarks>
    public static ISiloBuilder AddObjectStoreGrainStorage(
        this ISiloBuilder builder, string name = DefaultName, Action<ObjectStoreGrainStorageOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        IServiceCollection services = builder.Services;
        services.AddOptions<ObjectStoreGrainStorageOptions>(name);
        if (configure is not null)
        {
            services.Configure(name, configure);
        }

        services.TryAddSingleton(TimeProvider.System);
        services.AddGrainStorage(name, static (provider, key) => ActivatorUtilities.CreateInstance<ObjectStoreGrainStorage>(
            provider, provider.GetRequiredService<IOptionsMonitor<ObjectStoreGrainStorageOptions>>().Get(key)));
        builder.AddIncomingGrainCallFilter<RecordingExceptionFilter>();
        builder.AddOutgoingGrainCallFilter<RecordingExceptionFilter>();
        return builder;
    }
}
