using Microsoft.Extensions.Logging;
using Orleans;
using Recording.Gateway.Sfu.Spool;

namespace Recording.Gateway.Sfu.Ingest;

/// <summary>What every track of this process shares.</summary>
internal sealed record IngestContext(
    IGrainFactory Grains,
    TimeProvider Time,
    SfuLinkOptions Options,
    GatewayMemory Memory,
    SfuLinkMetrics Metrics,
    ILogger Logger,
    PacketSpool? Spool = null);
