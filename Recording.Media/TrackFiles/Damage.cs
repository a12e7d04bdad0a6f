namespace Recording.Media.TrackFiles;

/// <summary>A stretch of a track file that a reader could not use, and where it lies: in bytes, in blocks, in indexes and in time.</summary>
/// <param name="Offset">First byte, from the start of the file.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Reason">What was wrong where it begins.</param>
public readonly record struct Damage(long Offset, long Length, DamageReason Reason)
{
    /// <summary>Number of the block that it begins in or stands in place of, from 0; earlier damaged stretches count as one block each.</summary>
    public long Block { get; init; }

    /// <summary>Epoch of the lost indexes; 0 = not known.</summary>
    public ulong Epoch { get; init; }

    /// <summary>First index that is lost; 0 = not known.</summary>
    public ulong FirstIndex { get; init; }

    /// <summary>Last index that is lost; 0 = not known, below <see cref="FirstIndex"/> = none is lost.</summary>
    public ulong LastIndex { get; init; }

    /// <summary>Base time of the lost block, or of the block before, µs since 1970; 0 = not known.</summary>
    public long FromUs { get; init; }

    /// <summary>Base time of the next sound block, µs since 1970; 0 = there is none.</summary>
    public long ToUs { get; init; }

    /// <summary>Indexes that are lost for certain.</summary>
    public ulong LostIndexes => FirstIndex > 0 && LastIndex >= FirstIndex ? LastIndex - FirstIndex + 1 : 0;
}
