namespace Recording.Media.Rtp;

/// <summary>What a packet was to its stream when it came.</summary>
public enum PacketArrival
{
    /// <summary>Newer than all before it.</summary>
    InOrder,

    /// <summary>First of its sequence number, but after a later one.</summary>
    Reordered,

    /// <summary>Its sequence number was seen before.</summary>
    Duplicate,

    /// <summary>The sender began again with other sequence numbers.</summary>
    Restart,

    /// <summary>Far off; counted only if the next packet follows it (RFC 3550 A.1).</summary>
    Doubtful,
}
