using Microsoft.Extensions.Diagnostics.HealthChecks;
using Recording.Gateway.Sfu;
using Recording.Gateway.Sfu.Spool;
using Recording.Model;

namespace Recording.Gateway.Hosting;

/// <summary>Whether packets wait in the spool, and whether it takes more; it fails only when nothing can be taken at all.</summary>
internal sealed class SpoolHealthCheck(PacketSpool spool, GatewayMemory memory) : IHealthCheck
{
    /// <inheritdoc />
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(Check());

    private HealthCheckResult Check()
    {
        if (!spool.IsUsed)
        {
            return HealthCheckResult.Healthy("no spool: what the store does not take is kept in memory only");
        }

        if (spool.State != SpoolState.Taking)
        {
            string reason = $"{(int)RecordingErrorCode.SpoolFull}: the spool takes nothing: {spool.Reason}";
            return memory.IsFull ? HealthCheckResult.Unhealthy($"{reason}; memory is full as well") : HealthCheckResult.Degraded(reason);
        }

        int tracks = spool.Tracks;
        if (tracks > 0)
        {
            return HealthCheckResult.Degraded(
                $"{(int)RecordingErrorCode.StoreUnavailable}: {tracks} tracks wait in the spool for the store, {spool.Bytes} bytes, the oldest since {spool.OldestAge.TotalSeconds:0} s");
        }

        int aside = spool.KeptAside;
        return HealthCheckResult.Healthy(aside > 0 ? $"{aside} damaged files are kept aside" : null);
    }
}
