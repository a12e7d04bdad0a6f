using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Recording.Media.TrackFiles;

namespace Recording.Grains.Tracks;

/// <summary>Gathers the blocks of one track and cuts them into segments of one epoch and one contiguous range each. Keeps the batches as they came; nothing is copied here.</summary>
internal sealed class SegmentWriter(TrackOptions options, TimeProvider time, string segmentPrefix, string activation)
{
    private readonly Queue<TrackSegment> _ready = new();
    private List<byte[]> _pieces = [];
    private byte[] _section = [];
    private ulong _epoch;
    private ulong _first;
    private ulong _next;
    private long _startedAt;
    private int _markerSegments;
    private int _readyBytes;

    /// <summary>Bytes of the open segment; 0 = none is open.</summary>
    public int OpenBytes { get; private set; }

    /// <summary>Bytes gathered and not taken: the open segment and those that were cut.</summary>
    public int GatheredBytes => OpenBytes + _readyBytes;

    /// <summary>How long the open segment is open.</summary>
    public TimeSpan OpenFor => OpenBytes == 0 ? TimeSpan.Zero : time.GetElapsedTime(_startedAt);

    /// <summary>Adds whole blocks.</summary>
    /// <param name="section">Section start for the segment, should this open one.</param>
    /// <param name="epoch">Their epoch.</param>
    /// <param name="first">Their first index; for blocks that count nothing, the next one to come.</param>
    /// <param name="next">The index behind them.</param>
    /// <param name="blocks">Kept, not copied.</param>
    public void Add(byte[] section, ulong epoch, ulong first, ulong next, byte[] blocks)
    {
        if (OpenBytes > 0 && (epoch != _epoch || first != _next))
        {
            Cut();
        }

        if (OpenBytes == 0)
        {
            _section = section;
            _epoch = epoch;
            _first = first;
            _startedAt = time.GetTimestamp();
            OpenBytes = section.Length;
        }

        _pieces.Add(blocks);
        _next = next;
        OpenBytes += blocks.Length;
        if (OpenBytes >= options.SegmentBytes)
        {
            Cut();
        }
    }

    /// <summary>Ends the open segment, if there is one.</summary>
    public void Cut()
    {
        if (OpenBytes == 0)
        {
            return;
        }

        // Two segments of markers only may stand at the same index: a counter keeps their keys apart.
        string writer = _next == _first ? string.Create(CultureInfo.InvariantCulture, $"{activation}.{++_markerSegments}") : activation;
        var key = new SegmentKey(_epoch, _first, _next - 1, writer);
        _ready.Enqueue(new TrackSegment(key, segmentPrefix + key.FileName, _section, _pieces, OpenBytes));
        _readyBytes += OpenBytes;
        _pieces = [];
        OpenBytes = 0;
    }

    /// <summary>Drops the open segment: the track turned out to be sealed. Returns the indexes that it held.</summary>
    public ulong Discard()
    {
        ulong held = OpenBytes == 0 ? 0 : _next - _first;
        _pieces = [];
        OpenBytes = 0;
        return held;
    }

    /// <summary>The next segment that is ready to be put.</summary>
    public bool TryTake([NotNullWhen(true)] out TrackSegment? segment)
    {
        if (!_ready.TryDequeue(out segment))
        {
            return false;
        }

        _readyBytes -= segment.Length;
        return true;
    }
}
