using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Recording.Gateway.Configuration;

namespace Recording.Gateway.Hosting;

/// <summary>What every executable does around its services: read settings, say what is in force, run, and the two switches for operators.</summary>
public static class ServiceProgram
{
    /// <summary>SIGTERM to end, under 20 s in all: links drain in 12 s at most; a silo whose store hangs is not waited for, what it could not store is in a spool or with an SFU.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(16);

    /// <summary>Runs a process of the service.</summary>
    /// <param name="args"><c>--NAME=value</c> settings, <c>--print-config</c>, <c>--health</c>.</param>
    /// <param name="fixedRole">The role, where the executable has only one.</param>
    /// <param name="addServices">Adds the role's services.</param>
    /// <param name="mapEndpoints">Maps the role's endpoints.</param>
    /// <returns>0; 1 when it is not healthy; 2 when the settings cannot be used.</returns>
    public static async Task<int> RunAsync(
        string[] args, ServiceRole? fixedRole, Action<WebApplicationBuilder, RecordingSettings> addServices, Action<WebApplication, RecordingSettings> mapEndpoints)
    {
        string[] switches = [.. args.Where(static argument => argument is "--print-config" or "--health")];
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = [.. args.Except(switches, StringComparer.Ordinal)],
            ContentRootPath = AppContext.BaseDirectory,
        });
        RecordingSettings settings;
        try
        {
            settings = RecordingSettings.Load(builder.Configuration, fixedRole);
        }
        catch (SettingsException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 2;
        }

        if (switches.Contains("--print-config", StringComparer.Ordinal))
        {
            foreach (SettingValue value in settings.Values)
            {
                Console.WriteLine($"{value.Name}={value.Value}{(value.IsSet ? "" : "    # default")}");
            }

            return 0;
        }

        if (switches.Contains("--health", StringComparer.Ordinal))
        {
            return await ProbeAsync(settings) ? 0 : 1;
        }

        builder.Services.Configure<HostOptions>(static options => options.ShutdownTimeout = ShutdownTimeout);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddServiceTelemetry(settings);
        builder.Services.AddObjectStore(settings);
        builder.Services.AddServiceHealth();
        addServices(builder, settings);
        await using WebApplication app = builder.Build();
        app.MapServiceMetrics();
        app.MapServiceHealth();
        mapEndpoints(app, settings);
        ILogger logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Recording.Start");
        foreach (string line in settings.Summary())
        {
            HostingLog.InForce(logger, line);
        }

        await app.RunAsync();
        return 0;
    }

    private static async Task<bool> ProbeAsync(RecordingSettings settings)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            using HttpResponseMessage response = await client.GetAsync(new UriBuilder("http", ProbeHost(settings.HttpListen), settings.HttpPort, "/health/live").Uri);
            return response.IsSuccessStatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException or TaskCanceledException)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return false;
        }
    }

    private static string ProbeHost(IPAddress listen) =>
        (listen.Equals(IPAddress.Any) ? IPAddress.Loopback : listen.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : listen).ToString();
}
