using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Recording.Gateway.Hosting;

/// <summary>Not ready from SIGTERM on, so that a load balancer sends nothing new while work drains.</summary>
public sealed class DrainState(IHostApplicationLifetime lifetime) : IHealthCheck
{
    /// <summary>Whether the process is going down.</summary>
    public bool IsDraining => lifetime.ApplicationStopping.IsCancellationRequested;

    /// <inheritdoc />
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(IsDraining ? HealthCheckResult.Unhealthy("1005: shutting down") : HealthCheckResult.Healthy());
}
