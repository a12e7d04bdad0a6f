using Recording.Media.TrackFiles;

namespace Recording.Gateway.Sfu.Spool;

/// <summary>Kinds of spool records, in the framing of the track file's blocks and apart from its kinds: a batch holds such blocks itself.</summary>
internal static class SpoolBlockKind
{
    /// <summary>A <see cref="Wire.Track"/>.</summary>
    public const BlockKind Track = (BlockKind)32;

    /// <summary>The track's number (8 bytes, little endian), then whole blocks; header: epoch, first index, count, when it was written.</summary>
    public const BlockKind Batch = (BlockKind)33;

    /// <summary>A <see cref="Wire.TrackEnd"/>.</summary>
    public const BlockKind End = (BlockKind)34;

    /// <summary>A <see cref="Wire.TrackDone"/>.</summary>
    public const BlockKind Done = (BlockKind)35;

    /// <summary>Flag of a batch: the indexes before it cannot be had from anybody.</summary>
    public const BlockFlags AfterHole = (BlockFlags)1;

    /// <summary>Bytes of the number before a batch's blocks.</summary>
    public const int NumberSize = 8;

    /// <summary>Whether a block is a record of a spool.</summary>
    public static bool IsRecord(BlockKind kind) => kind is >= Track and <= Done;
}
