namespace Recording.Simulator.Replay;

/// <summary>One captured packet.</summary>
/// <param name="TimeUs">Arrival since the capture's first packet, µs.</param>
/// <param name="Data">RTP, or a 28-byte sender report.</param>
/// <param name="IsSenderReport">Whether it is RTCP.</param>
public readonly record struct ReplayPacket(long TimeUs, byte[] Data, bool IsSenderReport);
