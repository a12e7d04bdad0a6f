using OpenTelemetry.Trace;

namespace Recording.Gateway.Hosting;

/// <summary>Traces everything but the packet path: a span for each Append would cost more than the Append.</summary>
internal sealed class CaptureSampler : Sampler
{
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) => new(
        samplingParameters.Name.EndsWith("/Append", StringComparison.Ordinal) ? SamplingDecision.Drop : SamplingDecision.RecordAndSample);
}
