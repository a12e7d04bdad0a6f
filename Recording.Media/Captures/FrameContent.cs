namespace Recording.Media.Captures;

/// <summary>What a captured frame holds.</summary>
internal enum FrameContent
{
    /// <summary>A whole UDP datagram.</summary>
    Datagram,

    /// <summary>A part of one.</summary>
    Fragment,

    /// <summary>Something else: ARP, TCP, ICMP, ...</summary>
    NotUdp,

    /// <summary>Less than its headers say: the capture kept only the front of each frame.</summary>
    Cut,

    /// <summary>Its link type is not known.</summary>
    UnknownLink,
}
