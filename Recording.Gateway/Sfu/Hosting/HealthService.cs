using Grpc.Core;
using Recording.Gateway.Sfu.Links;
using Recording.Protocol.Sfu;

namespace Recording.Gateway.Sfu.Hosting;

/// <summary><c>RecordingSfuBridge.HealthCheck</c>; the bridge's stream is the SFU's to serve.</summary>
internal sealed class HealthService(SfuLinkServices services) : RecordingSfuBridge.RecordingSfuBridgeBase
{
    /// <inheritdoc />
    public override Task<RecordingHealthCheckResponse> HealthCheck(RecordingHealthCheckRequest request, ServerCallContext context) => Task.FromResult(new RecordingHealthCheckResponse
    {
        Healthy = !services.IsDraining,
        ServiceId = services.Options.ServiceId,
        ActiveRecordings = services.Ingests.ActiveRecordings,
        TotalBytesWritten = services.Metrics.TotalBytes,
        UptimeSeconds = (long)services.Time.GetElapsedTime(services.StartedAt).TotalSeconds,
    });
}
