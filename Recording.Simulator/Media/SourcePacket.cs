namespace Recording.Simulator.Media;

/// <summary>A packet on its way to the SFU.</summary>
/// <param name="DueUs">Arrival at the SFU, in µs since the producer started.</param>
/// <param name="Data">RTP, or a 28-byte RTCP sender report.</param>
/// <param name="IsSenderReport">Whether <paramref name="Data"/> is RTCP.</param>
public readonly record struct SourcePacket(long DueUs, byte[] Data, bool IsSenderReport);
