using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Recording.Gateway.Sfu.Ingest;
using Recording.Gateway.Sfu.Links;
using Recording.Gateway.Sfu.Spool;

namespace Recording.Gateway.Sfu.Hosting;

/// <summary>Puts the links to SFUs into a host: an Orleans client, or a silo that holds its gateway too.</summary>
public static class SfuLinkExtensions
{
    /// <summary>
    /// Adds the links. Needs <c>IGrainFactory</c>, gRPC (<c>AddGrpc</c>) and, by option, a <see cref="TimeProvider"/>; call it after UseOrleans or
    /// UseOrleansClient, so that links are drained before the silo or client stops.
    /// </summary>
    public static IServiceCollection AddSfuLinks(this IServiceCollection services)
    {
        services.AddOptions<SfuLinkOptions>();
        services.AddOptions<SpoolOptions>();
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(static p => new GatewayMemory(p.GetRequiredService<IOptions<SfuLinkOptions>>().Value.BufferBytes));
        services.AddSingleton(static p => new SfuLinkMetrics(p.GetRequiredService<IMeterFactory>(), p.GetRequiredService<GatewayMemory>()));
        services.AddSingleton<SpoolMetrics>();
        services.AddSingleton(static p => new PacketSpool(
            p.GetRequiredService<IOptions<SpoolOptions>>().Value, p.GetRequiredService<SpoolMetrics>(), p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<PacketSpool>>()));
        services.AddSingleton(static p => new IngestContext(
            p.GetRequiredService<IGrainFactory>(),
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<IOptions<SfuLinkOptions>>().Value,
            p.GetRequiredService<GatewayMemory>(),
            p.GetRequiredService<SfuLinkMetrics>(),
            p.GetRequiredService<ILogger<TrackIngest>>(),
            p.GetRequiredService<PacketSpool>()));
        services.AddSingleton<TrackIngests>();
        services.AddSingleton<SfuLinkServices>();
        services.AddSingleton<ISfuLinkStatus, SfuLinkStatus>();
        services.AddSingleton<HealthService>();
        services.AddSingleton<AttachService>();

        // Stopped in reverse: the drain first, while the pump and the dialler still work.
        services.AddHostedService(static p => p.GetRequiredService<TrackIngests>());
        services.AddHostedService<SfuDialer>();
        services.AddHostedService<SfuLinkDrain>();
        return services;
    }

    /// <summary>Serves <c>RecordingIngest.Attach</c> and <c>RecordingSfuBridge.HealthCheck</c>; the endpoint's port must speak HTTP/2.</summary>
    public static IEndpointRouteBuilder MapSfuServices(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGrpcService<AttachService>();
        endpoints.MapGrpcService<HealthService>();
        return endpoints;
    }
}
