using Google.Protobuf;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.TrackFiles;

/// <summary>The index of a complete track file, for seeking.</summary>
public sealed class TrackIndexReader
{
    private TrackIndexReader(TrackIndex index) => Index = index;

    /// <summary>Entries in the order of the file, and totals.</summary>
    public TrackIndex Index { get; }

    /// <summary>Reads the index by the footer at the end of a seekable stream; null when there is none or it is damaged: then read from the start.</summary>
    /// <param name="stream">The whole file; its position changes.</param>
    public static TrackIndexReader? TryRead(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanSeek || stream.Length < TrackFooter.Size)
        {
            return null;
        }

        Span<byte> footer = stackalloc byte[TrackFooter.Size];
        stream.Position = stream.Length - TrackFooter.Size;
        stream.ReadExactly(footer);
        long end = stream.Length - TrackFooter.Size;
        if (!TrackFooter.TryRead(footer, out ulong offset)
            || offset > (ulong)end
            || end - (long)offset is < BlockHeader.Size or > BlockHeader.Size + BlockHeader.MaxPayloadLength + BlockHeader.TrailerSize)
        {
            return null;
        }

        byte[] block = new byte[end - (long)offset];
        stream.Position = (long)offset;
        stream.ReadExactly(block);
        if (!Block.TryRead(block, out BlockHeader header, out ReadOnlySpan<byte> payload) || header.Kind != BlockKind.Index)
        {
            return null;
        }

        try
        {
            return new TrackIndexReader(TrackIndex.Parser.ParseFrom(payload));
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    /// <summary>Where to begin reading so as to have what plays at a time: the last entry at or before it, else the first.</summary>
    /// <param name="timeUs">µs since 1970 on the SFU's clock.</param>
    /// <param name="keyframe">Only entries with a key frame count; with none before the time, as if false.</param>
    /// <returns>Offset of a block from the start of the file; 0 = the index has no entries.</returns>
    public long OffsetAt(long timeUs, bool keyframe = false)
    {
        IndexEntry? best = null;
        foreach (IndexEntry entry in Index.Entries)
        {
            if (entry.TimeUs <= timeUs && (!keyframe || entry.Keyframe) && (best is null || entry.TimeUs >= best.TimeUs))
            {
                best = entry;
            }
        }

        if (best is null && keyframe)
        {
            return OffsetAt(timeUs);
        }

        best ??= Index.Entries.Count > 0 ? Index.Entries[0] : null;
        return (long)(best?.Offset ?? 0);
    }
}
