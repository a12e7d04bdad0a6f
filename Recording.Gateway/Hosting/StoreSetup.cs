using Microsoft.Extensions.DependencyInjection;
using Recording.Gateway.Configuration;
using Recording.Storage;

namespace Recording.Gateway.Hosting;

/// <summary>Which object store a process uses.</summary>
internal static class StoreSetup
{
    public static void AddObjectStore(this IServiceCollection services, RecordingSettings settings)
    {
        services.AddSingleton(new DirectoryStoreOptions { Root = settings.DataDirectory });
        services.AddSingleton<IObjectStore, DirectoryObjectStore>();
    }
}
