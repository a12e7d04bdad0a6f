using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Recording.Silo.Processing;

/// <summary>Registers the workers.</summary>
public static class ProcessingServiceCollectionExtensions
{
    /// <summary>Adds the workers; <c>IObjectStore</c> and <c>IGrainFactory</c> (a silo's or a client's) come from the services, settings from <see cref="ProcessingOptions"/>.</summary>
    public static IServiceCollection AddProcessing(this IServiceCollection services, Action<ProcessingOptions>? configure = null)
    {
        services.AddOptions<ProcessingOptions>().Validate(
            options => options.Workers is >= 0 and <= 64,
            "PROCESSOR_WORKERS: expected 0 to 64");
        if (configure is not null)
        {
            services.Configure(configure);
        }

        services.TryAddSingleton(TimeProvider.System);
        services.AddHostedService<ProcessingWorkers>();
        return services;
    }
}
