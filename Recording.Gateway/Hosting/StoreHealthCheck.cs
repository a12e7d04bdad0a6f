using Microsoft.Extensions.Diagnostics.HealthChecks;
using Recording.Model;
using Recording.Storage;

namespace Recording.Gateway.Hosting;

/// <summary>Whether the object store answers; capture goes on without it, so this degrades and does not fail.</summary>
public sealed class StoreHealthCheck(IObjectStore store) : IHealthCheck
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);

    /// <inheritdoc />
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Deadline);
        try
        {
            await store.HeadAsync("state/health", deadline.Token);
            return HealthCheckResult.Healthy();
        }
        catch (RecordingException exception)
        {
            return HealthCheckResult.Degraded($"{(int)exception.Code}: {exception.Message}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Degraded($"{(int)RecordingErrorCode.StoreUnavailable}: the store did not answer within {Deadline.TotalSeconds:0} s");
        }
    }
}
