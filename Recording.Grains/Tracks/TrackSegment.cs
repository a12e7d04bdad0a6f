using Recording.Media.TrackFiles;

namespace Recording.Grains.Tracks;

/// <summary>Packets on their way to one object. Its range, key and bytes never change: a Put that was given up may still be reading.</summary>
internal sealed class TrackSegment
{
    private readonly byte[] _section;
    private readonly List<byte[]> _pieces;
    private readonly bool _isMergeable;

    /// <param name="key">Epoch, range, activation.</param>
    /// <param name="objectKey">Where it is put.</param>
    /// <param name="section">The section start that makes it a track file of its own.</param>
    /// <param name="pieces">Whole blocks in order.</param>
    /// <param name="length">Bytes of section and pieces.</param>
    /// <param name="isMergeable">It is small enough to be merged later.</param>
    public TrackSegment(SegmentKey key, string objectKey, byte[] section, List<byte[]> pieces, int length, bool isMergeable)
    {
        (Key, ObjectKey, Length) = (key, objectKey, length);
        (_section, _pieces, _isMergeable) = (section, pieces, isMergeable);
    }

    public SegmentKey Key { get; }

    public string ObjectKey { get; }

    /// <summary>Bytes of the object.</summary>
    public int Length { get; }

    /// <summary>Checksum of the object's bytes, known once they were copied together: the merge into a larger segment checks what it reads against it. 0 = never merged.</summary>
    public uint Checksum { get; private set; }

    /// <summary>Writes the object's bytes to the front of <paramref name="destination"/>: the one copy between the gateway's batches and the store.</summary>
    public void CopyTo(Span<byte> destination)
    {
        Span<byte> rest = destination;
        _section.CopyTo(rest);
        rest = rest[_section.Length..];
        foreach (byte[] piece in _pieces)
        {
            piece.CopyTo(rest);
            rest = rest[piece.Length..];
        }

        if (_isMergeable)
        {
            Checksum = Crc32C.Compute(destination[..Length]);
        }
    }
}
