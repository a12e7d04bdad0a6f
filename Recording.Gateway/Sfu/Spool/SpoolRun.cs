using Recording.Gateway.Sfu.Ingest;

namespace Recording.Gateway.Sfu.Spool;

/// <summary>Batches that follow each other without a hole and become one record.</summary>
/// <param name="Batches">One at least; in memory.</param>
internal sealed record SpoolRun(RetainedBatch[] Batches)
{
    public ulong FirstIndex => Batches[0].FirstIndex;

    public bool AfterHole => Batches[0].AfterHole;

    public int Count { get; } = Batches.Sum(static b => b.Count);

    /// <summary>Bytes of all blocks.</summary>
    public int Length { get; } = Batches.Sum(static b => b.Blocks.Length);
}
