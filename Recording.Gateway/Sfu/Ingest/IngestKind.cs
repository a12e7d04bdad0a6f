namespace Recording.Gateway.Sfu.Ingest;

/// <summary>How the packets of a track are numbered and acknowledged.</summary>
internal enum IngestKind
{
    /// <summary>One message a packet, numbered here (the plan's SFU).</summary>
    Packets,

    /// <summary>Batches numbered by the SFU, without acknowledgement.</summary>
    Batches,

    /// <summary>Batches numbered by the SFU, which keeps them until they are acknowledged.</summary>
    Acknowledged,

    /// <summary>Sender reports of a track whose packets the SFU numbers: they have an epoch of their own.</summary>
    Reports,
}
