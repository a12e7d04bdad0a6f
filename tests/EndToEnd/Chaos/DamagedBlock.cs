namespace Recording.EndToEnd.Chaos;

/// <summary>A block in which a byte was changed.</summary>
/// <param name="Prefix">The recording's prefix.</param>
/// <param name="TrackId">The track.</param>
/// <param name="Epoch">Session that numbered the packets.</param>
/// <param name="FirstIndex">First index in the block.</param>
/// <param name="LastIndex">Last index in the block.</param>
internal sealed record DamagedBlock(string Prefix, string TrackId, ulong Epoch, ulong FirstIndex, ulong LastIndex);
