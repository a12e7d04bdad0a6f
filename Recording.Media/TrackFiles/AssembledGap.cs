namespace Recording.Media.TrackFiles;

/// <summary>Packets or time that the track has not.</summary>
/// <param name="Epoch">Session that numbered the packets.</param>
/// <param name="FirstIndex">First missing index; 0 = not known.</param>
/// <param name="LastIndex">Last missing index; 0 = not known.</param>
/// <param name="Reason">link, ring, spool or lost; damaged after a repair.</param>
/// <param name="TimeUs">When it began, µs since 1970 on the SFU's clock; 0 = not known.</param>
/// <param name="DurationUs">How long; 0 = not known.</param>
public sealed record AssembledGap(ulong Epoch, ulong FirstIndex, ulong LastIndex, string Reason, long TimeUs, long DurationUs);
