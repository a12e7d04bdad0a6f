using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Recording.Gateway.Api;
using Recording.Gateway.Configuration;
using Recording.Gateway.Sfu;
using Recording.Gateway.Sfu.Hosting;
using Recording.Gateway.Sfu.Spool;

namespace Recording.Gateway.Hosting;

/// <summary>Links to SFUs and the API: what the gateway executable and the one-process service share.</summary>
public static class GatewayServices
{
    /// <summary>Adds them; call it after Orleans was added, so that they stop before it does.</summary>
    public static void AddGateway(this IServiceCollection services, RecordingSettings settings)
    {
        services.AddGrpc(static options =>
        {
            options.Interceptors.Add<ErrorInterceptor>();
            options.MaxReceiveMessageSize = 8 << 20;
        });
        services.AddGrpcHealthChecks();
        services.AddGrpcReflection();
        services.AddTokenValidation(settings);
        services.AddSingleton<RecordingApplication>();
        services.AddSingleton<RecordingDownloads>();
        services.Configure<SfuLinkOptions>(options => SfuLinkSetup.Bind(options, settings));
        services.Configure<SpoolOptions>(options => SfuLinkSetup.Bind(options, settings));
        services.AddSfuLinks();
        services.AddHealthChecks().AddCheck<SpoolHealthCheck>("spool", tags: [ServiceHealth.Ready]);
    }

    /// <summary>Maps the gRPC services.</summary>
    public static void MapGateway(this WebApplication app)
    {
        app.MapSfuServices();
        app.MapGrpcService<ControlService>();
        app.MapGrpcHealthChecksService();
        app.MapGrpcReflectionService();
    }
}
