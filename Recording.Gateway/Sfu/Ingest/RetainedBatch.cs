using Recording.Gateway.Sfu.Spool;

namespace Recording.Gateway.Sfu.Ingest;

/// <summary>A batch that is kept until it is stored; its bytes never change.</summary>
/// <param name="FirstIndex">Index of its first packet.</param>
/// <param name="Count">Indexes it holds; 0 = only markers, which stand before its first index.</param>
/// <param name="Blocks">Whole blocks; empty while they are on disk.</param>
/// <param name="AfterHole">The indexes before it cannot be had from anybody.</param>
internal sealed record RetainedBatch(ulong FirstIndex, int Count, byte[] Blocks, bool AfterHole)
{
    /// <summary>Where its blocks are durable on disk; null = in memory.</summary>
    public SpoolRecord? Record { get; init; }

    /// <summary>Since when it is kept, in the clock's timestamps.</summary>
    public long RetainedAt { get; init; }

    /// <summary>Bytes of its blocks.</summary>
    public int Length => Record?.Length ?? Blocks.Length;

    /// <summary>Index behind its last one.</summary>
    public ulong EndIndex => FirstIndex + (ulong)Count;
}
