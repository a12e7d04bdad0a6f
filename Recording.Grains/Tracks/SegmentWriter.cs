using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Recording.Media.TrackFiles;

namespace Recording.Grains.Tracks;

/// <summary>
/// Gathers the blocks of one track and cuts them into segments of one epoch and one contiguous range each. Keeps the batches as they came; nothing
/// is copied here. Each epoch has its open segment, so that packets and sender reports, which are numbered apart, do not cut each other short.
/// </summary>
internal sealed class SegmentWriter(TrackOptions options, TimeProvider time, string segmentPrefix, string activation)
{
    private readonly Queue<TrackSegment> _ready = new();
    private readonly List<OpenSegment> _open = [];
    private int _markerSegments;

    /// <summary>Bytes gathered and not taken: open segments and those that were cut.</summary>
    public int GatheredBytes { get; private set; }

    /// <summary>Whether a segment is open.</summary>
    public bool IsOpen => _open.Count > 0;

    /// <summary>How long the oldest open segment is open.</summary>
    public TimeSpan OpenFor => _open.Count == 0 ? TimeSpan.Zero : time.GetElapsedTime(_open[0].StartedAt);

    /// <summary>Adds whole blocks.</summary>
    /// <param name="section">Section start for the segment, should this open one.</param>
    /// <param name="epoch">Their epoch.</param>
    /// <param name="first">Their first index; for blocks that count nothing, the next one to come.</param>
    /// <param name="next">The index behind them.</param>
    /// <param name="blocks">Kept, not copied.</param>
    public void Add(byte[] section, ulong epoch, ulong first, ulong next, byte[] blocks)
    {
        OpenSegment? segment = Find(epoch);
        if (segment is not null && segment.Next != first)
        {
            Cut(segment);
            segment = null;
        }

        if (segment is null)
        {
            segment = new OpenSegment(section, epoch, first, time.GetTimestamp()) { Next = first, Bytes = section.Length };
            _open.Add(segment);
            GatheredBytes += section.Length;
        }

        segment.Pieces.Add(blocks);
        segment.Next = next;
        segment.Bytes += blocks.Length;
        GatheredBytes += blocks.Length;
        if (segment.Bytes >= options.SegmentBytes)
        {
            Cut(segment);
        }
    }

    /// <summary>Ends the open segments that are at least so old.</summary>
    public void Cut(TimeSpan age)
    {
        for (int i = 0; i < _open.Count;)
        {
            if (age <= TimeSpan.Zero || time.GetElapsedTime(_open[i].StartedAt) >= age)
            {
                Cut(_open[i]);
            }
            else
            {
                i++;
            }
        }
    }

    /// <summary>Drops the open segments of some epochs: the track turned out to be sealed. Returns the indexes that they held.</summary>
    public ulong Discard(Predicate<ulong> isDropped)
    {
        ulong held = 0;
        foreach (OpenSegment segment in _open.Where(segment => isDropped(segment.Epoch)).ToArray())
        {
            held += segment.Next - segment.First;
            GatheredBytes -= segment.Bytes;
            _open.Remove(segment);
        }

        return held;
    }

    /// <summary>The next segment that is ready to be put.</summary>
    public bool TryTake([NotNullWhen(true)] out TrackSegment? segment)
    {
        if (!_ready.TryDequeue(out segment))
        {
            return false;
        }

        GatheredBytes -= segment.Length;
        return true;
    }

    private OpenSegment? Find(ulong epoch)
    {
        foreach (OpenSegment segment in _open)
        {
            if (segment.Epoch == epoch)
            {
                return segment;
            }
        }

        return null;
    }

    private void Cut(OpenSegment segment)
    {
        // Two segments of markers only may stand at the same index: a counter keeps their keys apart.
        string writer = segment.Next == segment.First ? string.Create(CultureInfo.InvariantCulture, $"{activation}.{++_markerSegments}") : activation;
        var key = new SegmentKey(segment.Epoch, segment.First, segment.Next - 1, writer);
        _ready.Enqueue(new TrackSegment(key, segmentPrefix + key.FileName, segment.Section, segment.Pieces, segment.Bytes, options.IsMergeable(segment.Bytes)));
        _open.Remove(segment);
    }

    private sealed class OpenSegment(byte[] section, ulong epoch, ulong first, long startedAt)
    {
        public byte[] Section { get; } = section;

        public ulong Epoch { get; } = epoch;

        public ulong First { get; } = first;

        public long StartedAt { get; } = startedAt;

        public List<byte[]> Pieces { get; } = [];

        public ulong Next { get; set; }

        public int Bytes { get; set; }
    }
}
