using Recording.Grains.Abstractions.Tracks;

namespace Recording.Grains.Tracks;

/// <summary>Whole blocks of a segment.</summary>
/// <param name="Blocks">The bytes.</param>
/// <param name="Shared">Whose memory that is, held by the segment; null = nobody else's.</param>
internal readonly record struct SegmentPiece(ReadOnlyMemory<byte> Blocks, ISharedBlocks? Shared = null);
