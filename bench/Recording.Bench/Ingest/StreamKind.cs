namespace Recording.Bench.Ingest;

/// <summary>How packets are sent.</summary>
internal enum StreamKind
{
    /// <summary>The plan's message a packet.</summary>
    PerPacket,

    /// <summary>rtp_batch with rtp_ack.</summary>
    Batch,
}
