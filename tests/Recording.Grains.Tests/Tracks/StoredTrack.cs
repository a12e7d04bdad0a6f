using Recording.Grains.Tests.Doubles;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Grains.Tests.Tracks;

/// <summary>Reads segments back as assembly would: in order, overlaps once, everything checked.</summary>
internal sealed class StoredTrack
{
    /// <summary>Packets by (epoch, index); an index that only a skipped marker holds has null.</summary>
    public SortedDictionary<(ulong Epoch, ulong Index), byte[]?> Packets { get; } = [];

    public List<Marker> Markers { get; } = [];

    /// <summary>Formats of the sections, one for each segment.</summary>
    public List<(SegmentKey Key, TrackHeader Header)> Sections { get; } = [];

    public static StoredTrack Read(MemoryObjectStore store, string prefix = TestTrack.Segments) =>
        Read(store.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal)).Select(k => (k, store[k]!)));

    public static StoredTrack Read(IEnumerable<(string Key, byte[] Content)> objects)
    {
        var track = new StoredTrack();
        List<(SegmentKey Key, byte[] Content)> segments = [];
        foreach ((string name, byte[] content) in objects)
        {
            if (SegmentKey.TryParse(name, out SegmentKey key))
            {
                segments.Add((key, content));
            }
        }

        foreach ((SegmentKey key, byte[] content) in segments.OrderBy(s => s.Key, SegmentKey.AssemblyOrder))
        {
            track.Add(key, content);
        }

        return track;
    }

    /// <summary>Indexes held by packets of one size, for tracks whose packets were made so.</summary>
    public static int ReadSizes(MemoryObjectStore store, string prefix, int size) =>
        Read(store, prefix).Packets.Count(p => p.Value!.SequenceEqual(TestTrack.Packet(p.Key.Index, p.Key.Epoch, size)));

    /// <summary>All indexes of an epoch from 1 to <paramref name="last"/> are there, with the bytes that <see cref="TestTrack.Packet"/> makes.</summary>
    public void AssertComplete(ulong last, ulong epoch = TestTrack.Epoch)
    {
        Assert.Equal(Enumerable.Range(1, (int)last).Select(i => (ulong)i), Packets.Keys.Where(k => k.Epoch == epoch).Select(k => k.Index));
        foreach (((ulong e, ulong index), byte[]? packet) in Packets.Where(p => p.Key.Epoch == epoch && p.Value is not null))
        {
            Assert.Equal(TestTrack.Packet(index, e), packet);
        }
    }

    private void Add(SegmentKey key, byte[] content)
    {
        var reader = new TrackFileReader(new MemoryStream(content));
        ulong next = key.FirstIndex;
        while (reader.Read())
        {
            if (reader.Kind == TrackItemKind.Section)
            {
                Sections.Add((key, reader.Section!));
                continue;
            }

            Assert.Equal(key.Epoch, reader.Header.Epoch);
            if (reader.Header.Kind == BlockKind.Data)
            {
                Assert.Equal(next, reader.Header.FirstIndex);
                var entries = new DataPayloadReader(reader.Payload.Span, reader.Header.BaseTimeUs);
                while (entries.Read())
                {
                    Hold(key.Epoch, next, entries.Packet.ToArray());
                    Assert.Equal(TestTrack.StartUs + (long)(next * 20_000), entries.TimeUs);
                    next++;
                }
            }
            else if (reader.Header.Kind == BlockKind.Marker)
            {
                Marker marker = Marker.Parser.ParseFrom(reader.Payload.Span);
                Markers.Add(marker);
                for (; marker.Skipped is not null && next <= marker.Skipped.LastIndex; next++)
                {
                    Hold(key.Epoch, next, null);
                }
            }
        }

        Assert.Equal(0, reader.DamageCount);
        Assert.Equal(key.LastIndex + 1, next);
    }

    private void Hold(ulong epoch, ulong index, byte[]? packet)
    {
        if (!Packets.TryAdd((epoch, index), packet))
        {
            Assert.Equal(Packets[(epoch, index)], packet);
        }
    }
}
