namespace Recording.Simulator.Sfu;

/// <summary>A packet that is kept until the recorder has it.</summary>
/// <param name="TimeUs">Arrival at the SFU, µs since 1970.</param>
/// <param name="Packet">RTP bytes.</param>
/// <param name="EndOffset">Bytes that went through the ring up to and with this packet.</param>
public readonly record struct RingEntry(long TimeUs, byte[] Packet, long EndOffset);
