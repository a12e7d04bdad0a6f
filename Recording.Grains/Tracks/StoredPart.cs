using Recording.Media.TrackFiles;

namespace Recording.Grains.Tracks;

/// <summary>A segment that this activation stored.</summary>
/// <param name="Key">Epoch, range, activation.</param>
/// <param name="ObjectKey">Where it lies.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Checksum">CRC-32C of its bytes.</param>
internal sealed record StoredPart(SegmentKey Key, string ObjectKey, int Length, uint Checksum);
