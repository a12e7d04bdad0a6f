using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Recording.Gateway.Hosting;

/// <summary><c>/health/live</c> (the process answers) and <c>/health/ready</c> (it can do its work), as JSON; the same checks over grpc.health.v1.</summary>
public static class ServiceHealth
{
    /// <summary>Tag of the checks that decide readiness.</summary>
    public const string Ready = "ready";

    /// <summary>Adds the checks that every role has.</summary>
    public static void AddServiceHealth(this IServiceCollection services)
    {
        services.AddSingleton<DrainState>();
        services.AddHealthChecks()
            .AddCheck<DrainState>("draining", tags: [Ready])
            .AddCheck<StoreHealthCheck>("store", tags: [Ready]);
    }

    /// <summary>Maps both pages.</summary>
    public static void MapServiceHealth(this WebApplication app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = static _ => false, ResponseWriter = WriteAsync });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = static check => check.Tags.Contains(Ready), ResponseWriter = WriteAsync });
    }

    private static Task WriteAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(new
    {
        status = report.Status.ToString().ToLowerInvariant(),
        checks = report.Entries.ToDictionary(
            static entry => entry.Key,
            static entry => new { status = entry.Value.Status.ToString().ToLowerInvariant(), description = entry.Value.Description },
            StringComparer.Ordinal),
    });
}
