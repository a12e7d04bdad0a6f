namespace Recording.Gateway.Sfu.Ingest;

/// <summary>What became of a packet or batch.</summary>
internal enum PacketVerdict
{
    /// <summary>It is in the track, or it was there already.</summary>
    Kept,

    /// <summary>The recording is paused: its index is kept.</summary>
    Paused,

    /// <summary>It is not RTP: its index is kept (3003).</summary>
    Malformed,

    /// <summary>It is longer than a block may hold: its index is kept (3003).</summary>
    Oversize,

    /// <summary>It belongs to another track: its index is kept (3003).</summary>
    Foreign,

    /// <summary>The track is sealed or another gateway feeds it: acknowledged, not kept.</summary>
    Late,

    /// <summary>A batch that is to be replayed later: the window is used up, or earlier indexes are missing.</summary>
    Discarded,

    /// <summary>A batch whose indexes make no sense (1003).</summary>
    BadBatch,
}
