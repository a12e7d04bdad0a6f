using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Serialization;
using Recording.Gateway.Configuration;
using Recording.Grains.Abstractions;
using StackExchange.Redis;

namespace Recording.Gateway.Hosting;

/// <summary>What silos and clients of one cluster must agree on.</summary>
public static class ClusterSetup
{
    /// <summary>Connects to the silos as an Orleans client, through Redis.</summary>
    public static void UseClusterClient(this IHostApplicationBuilder builder, RecordingSettings settings) => builder.UseOrleansClient(client =>
    {
        client.Configure<ClusterOptions>(options => Identify(options, settings));
        client.UseRedisClustering(options => options.ConfigurationOptions = Redis(settings));
        client.Configure<GatewayOptions>(static options => options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(5));
        client.UseConnectionRetryFilter<KeepTrying>();
        client.Services.AddSerializer(static serializer => serializer.AddRecordingModel());
        if (settings.OtlpEndpoint.Length > 0)
        {
            client.AddActivityPropagation();
        }

        client.AddRecordingExceptions();
    });

    /// <summary>Names of cluster and service.</summary>
    public static void Identify(ClusterOptions options, RecordingSettings settings)
    {
        options.ClusterId = settings.ClusterId;
        options.ServiceId = settings.ServiceId;
    }

    /// <summary>How to reach Redis; it may come up after us.</summary>
    public static ConfigurationOptions Redis(RecordingSettings settings) => new()
    {
        EndPoints = { { settings.RedisHost, settings.RedisPort } },
        Password = settings.RedisPassword.Length > 0 ? settings.RedisPassword : null,
        AbortOnConnectFail = false,
    };

    /// <summary>Silos may start after their clients.</summary>
    private sealed class KeepTrying(TimeProvider time) : IClientConnectionRetryFilter
    {
        public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), time, cancellationToken);
            return !cancellationToken.IsCancellationRequested;
        }
    }
}
