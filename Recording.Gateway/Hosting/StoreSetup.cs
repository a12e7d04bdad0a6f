using Microsoft.Extensions.DependencyInjection;
using Recording.Gateway.Configuration;
using Recording.Storage;

namespace Recording.Gateway.Hosting;

/// <summary>Which object store a process uses.</summary>
internal static class StoreSetup
{
    public static void AddObjectStore(this IServiceCollection services, RecordingSettings settings)
    {
        if (settings.S3 is { } s3)
        {
            services.AddSingleton(s3);
            services.AddSingleton<S3ObjectStore>();
            services.AddSingleton<IObjectStore>(static provider => provider.GetRequiredService<S3ObjectStore>());
            services.AddHostedService<StoreStartCheck>();
            return;
        }

        services.AddSingleton(new DirectoryStoreOptions { Root = settings.DataDirectory });
        services.AddSingleton<IObjectStore, DirectoryObjectStore>();
    }
}
