using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Dashboard;
using Orleans.Hosting;
using Orleans.Serialization;
using Recording.Gateway.Configuration;
using Recording.Gateway.Hosting;
using Recording.Grains.Abstractions;

namespace Recording.Silo.Hosting;

/// <summary>A silo with this product's grains: on Redis, or alone in its process.</summary>
internal static class SiloSetup
{
    public static void UseRecordingSilo(this IHostApplicationBuilder builder, RecordingSettings settings) => builder.UseOrleans(silo =>
    {
        silo.Configure<ClusterOptions>(options => ClusterSetup.Identify(options, settings));
        if (settings.RedisHost.Length > 0)
        {
            silo.UseRedisClustering(options => options.ConfigurationOptions = ClusterSetup.Redis(settings));
            silo.UseRedisReminderService(options => options.ConfigurationOptions = ClusterSetup.Redis(settings));
            silo.ConfigureEndpoints(settings.SiloAddress, settings.SiloPort, settings.SiloClientPort, listenOnAnyHostAddress: !IPAddress.IsLoopback(settings.SiloAddress));
        }
        else
        {
            silo.UseLocalhostClustering(FreePort(settings.SiloPort), FreePort(settings.SiloClientPort), null, settings.ServiceId, settings.ClusterId);
            silo.UseInMemoryReminderService();
        }

        // Measured (05-actors): a killed silo's grains answer again after 3.1 s instead of 11.4 s.
        silo.Configure<ClusterMembershipOptions>(static options =>
        {
            options.ProbeTimeout = TimeSpan.FromSeconds(2);
            options.MaxProbeTimeout = TimeSpan.FromSeconds(4);
            options.TableRefreshTimeout = TimeSpan.FromSeconds(10);
            options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
        });

        // A store that hangs must not hold a shutdown: gateways keep what a track or a recording could not store.
        silo.Configure<GrainCollectionOptions>(static options => options.DeactivationTimeout = TimeSpan.FromSeconds(6));
        silo.Services.AddSerializer(static serializer => serializer.AddRecordingModel());
        if (settings.OtlpEndpoint.Length > 0)
        {
            silo.AddActivityPropagation();
        }

        silo.AddDashboard();
        silo.AddRecordingGrains(settings);
    });

    // Alone, nobody else needs to know the ports: two services on one machine then never collide.
    private static int FreePort(int wanted)
    {
        if (wanted != 0)
        {
            return wanted;
        }

        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
