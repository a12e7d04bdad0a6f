namespace Recording.Gateway.Sfu.Spool;

/// <summary>What a folder of a process that is gone says of one track and session.</summary>
/// <param name="Track">The track.</param>
/// <param name="Records">Its batches, in index order.</param>
/// <param name="IsWhole">Nothing in its folder is damaged: what lies before the first batch was stored.</param>
internal sealed record AdoptedTrack(SpoolTrack Track, IReadOnlyList<SpoolRecord> Records, bool IsWhole);
