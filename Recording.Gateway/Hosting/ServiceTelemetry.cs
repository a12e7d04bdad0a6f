using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Recording.Gateway.Configuration;
using Recording.Model;

namespace Recording.Gateway.Hosting;

/// <summary>Metrics at <c>/metrics</c>, traces to a collector, one JSON object a log line.</summary>
public static class ServiceTelemetry
{
    /// <summary>Adds logging, metrics and tracing as the settings say.</summary>
    public static void AddServiceTelemetry(this IHostApplicationBuilder builder, RecordingSettings settings)
    {
        AddLogging(builder.Logging, settings);
        bool export = settings.OtlpEndpoint.Length > 0;
        OpenTelemetryBuilder telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("recording-" + settings.Role.ToString().ToLowerInvariant(), serviceInstanceId: settings.Instance))
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(RecordingTrace.SourceName, "Microsoft.Orleans").AddRuntimeInstrumentation().AddAspNetCoreInstrumentation().AddPrometheusExporter();
                if (export)
                {
                    metrics.AddOtlpExporter();
                }
            });
        if (export)
        {
            telemetry.WithTracing(static tracing => tracing
                .AddSource(RecordingTrace.SourceName, "Microsoft.Orleans.Application")
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .SetSampler(new ParentBasedSampler(new CaptureSampler()))
                .AddOtlpExporter());
        }
    }

    /// <summary>Serves the metrics in the Prometheus text format.</summary>
    public static void MapServiceMetrics(this WebApplication app) => app.MapPrometheusScrapingEndpoint("/metrics");

    private static void AddLogging(ILoggingBuilder logging, RecordingSettings settings)
    {
        logging.ClearProviders();
        if (settings.LogFormat == "json")
        {
            logging.AddJsonConsole(options =>
            {
                options.IncludeScopes = true;
                options.UseUtcTimestamp = true;
                options.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
            });
        }
        else
        {
            logging.AddSimpleConsole(options =>
            {
                options.SingleLine = true;
                options.UseUtcTimestamp = true;
                options.TimestampFormat = "HH:mm:ss.fff ";
                options.ColorBehavior = LoggerColorBehavior.Disabled;
            });
        }

        LogLevel level = settings.LogLevel switch
        {
            "trace" => LogLevel.Trace,
            "debug" => LogLevel.Debug,
            "warn" => LogLevel.Warning,
            "error" => LogLevel.Error,
            _ => LogLevel.Information,
        };
        logging.SetMinimumLevel(level);

        // Libraries speak at a level above ours: their chatter at info hides what the operator looks for.
        if (level >= LogLevel.Information)
        {
            logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Orleans", LogLevel.Warning).AddFilter("System", LogLevel.Warning).AddFilter("Grpc", LogLevel.Warning).AddFilter("Polly", LogLevel.Warning);
        }
    }
}
