namespace Recording.Gateway.Sfu.Spool;

/// <summary>What one track wants to have on disk.</summary>
/// <param name="Track">The track.</param>
/// <param name="Runs">The records to be.</param>
/// <param name="Done">Called once, on the spool's own thread: a record for each run when all are durable, null when they could not be written.</param>
internal sealed record SpoolWrite(SpoolTrack Track, IReadOnlyList<SpoolRun> Runs, Action<SpoolRecord[]?> Done)
{
    /// <summary>Bytes of all blocks.</summary>
    public long Length { get; } = Runs.Sum(static r => (long)r.Length);
}
