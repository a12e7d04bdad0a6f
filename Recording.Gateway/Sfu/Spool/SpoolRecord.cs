namespace Recording.Gateway.Sfu.Spool;

/// <summary>A batch that is durable on disk.</summary>
/// <param name="track">Whose.</param>
/// <param name="firstIndex">Index of its first packet.</param>
/// <param name="count">Indexes it holds.</param>
/// <param name="length">Bytes of its blocks.</param>
/// <param name="afterHole">The indexes before it cannot be had from anybody.</param>
internal sealed class SpoolRecord(SpoolTrack track, ulong firstIndex, int count, int length, bool afterHole)
{
    public SpoolTrack Track => track;

    public ulong FirstIndex => firstIndex;

    public int Count => count;

    /// <summary>Index behind its last one.</summary>
    public ulong EndIndex => firstIndex + (ulong)count;

    public int Length => length;

    public bool AfterHole => afterHole;

    /// <summary>Where it lies; moved when its file is cleared for the sake of the rest.</summary>
    public SpoolPlace Place { get; set; } = null!;
}
