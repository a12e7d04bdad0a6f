namespace Recording.PostProcessing.Tests.Support;

/// <summary>A packet to be stored.</summary>
/// <param name="CapturedAt">Recording time, seconds.</param>
/// <param name="Ticks">Of the media clock since the track's start.</param>
/// <param name="Payload">RTP payload.</param>
/// <param name="Marker">RTP marker.</param>
public sealed record TestPacket(double CapturedAt, long Ticks, byte[] Payload, bool Marker);
