using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.TrackFiles;

/// <summary>Gathers a track file's index while its blocks go by: an entry every 2 s of media at most, and at each key frame.</summary>
public sealed class TrackIndexBuilder
{
    /// <summary>Entries are at most this far apart, in µs, where blocks are not longer themselves.</summary>
    public const long MaxSpacingUs = 2_000_000;

    /// <summary>Beyond this many, every second entry goes: an index must fit one block whatever was recorded.</summary>
    public const int MaxEntries = 100_000;

    private readonly List<IndexEntry> _entries = [];
    private long _lastEntryUs;
    private long _firstUs = long.MaxValue;
    private long _lastUs = long.MinValue;
    private ulong _packets;
    private ulong _bytes;
    private ulong _blocks;
    private bool _marked;

    /// <summary>Begins a block.</summary>
    /// <param name="header">Its header.</param>
    /// <param name="offset">Its first byte, from the start of the file.</param>
    public void Block(BlockHeader header, long offset)
    {
        _blocks++;
        _marked = false;
        if (header.Kind == BlockKind.Data && _entries.Count == 0)
        {
            Mark(header.BaseTimeUs, offset);
        }
    }

    /// <summary>An entry of the block that was begun last.</summary>
    /// <param name="timeUs">Its time.</param>
    /// <param name="length">RTP bytes.</param>
    /// <param name="blockOffset">The block's first byte.</param>
    /// <param name="blockTimeUs">The block's base time.</param>
    public void Packet(long timeUs, int length, long blockOffset, long blockTimeUs)
    {
        _packets++;
        _bytes += (ulong)length;
        _firstUs = Math.Min(_firstUs, timeUs);
        _lastUs = Math.Max(_lastUs, timeUs);
        if (!_marked && timeUs - _lastEntryUs > MaxSpacingUs)
        {
            Mark(blockTimeUs, blockOffset);
        }
    }

    /// <summary>A key frame begins in the block that was begun last.</summary>
    /// <param name="timeUs">Time of its first packet.</param>
    /// <param name="blockOffset">The block's first byte.</param>
    /// <param name="ssrc">Its SSRC.</param>
    public void Keyframe(long timeUs, long blockOffset, uint ssrc)
    {
        _marked = true;
        Add(new IndexEntry { TimeUs = timeUs, Offset = (ulong)blockOffset, Keyframe = true, Ssrc = ssrc });
    }

    /// <summary>The index of what went by.</summary>
    public TrackIndex Build()
    {
        var index = new TrackIndex
        {
            Packets = _packets,
            Bytes = _bytes,
            Blocks = _blocks,
            FirstTimeUs = _packets == 0 ? 0 : _firstUs,
            LastTimeUs = _packets == 0 ? 0 : _lastUs,
        };
        index.Entries.AddRange(_entries);
        return index;
    }

    private void Mark(long timeUs, long offset)
    {
        _marked = true;
        Add(new IndexEntry { TimeUs = timeUs, Offset = (ulong)offset });
    }

    private void Add(IndexEntry entry)
    {
        _lastEntryUs = entry.TimeUs;
        if (_entries.Count == MaxEntries)
        {
            int kept = 0;
            for (int i = 0; i < _entries.Count; i += 2)
            {
                _entries[kept++] = _entries[i];
            }

            _entries.RemoveRange(kept, _entries.Count - kept);
        }

        _entries.Add(entry);
    }
}
