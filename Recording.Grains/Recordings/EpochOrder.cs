using Recording.Media.TrackFiles;
using Recording.Storage;

namespace Recording.Grains.Recordings;

/// <summary>Puts a track's segments in order: epochs are random numbers, so when each began is read from its first segment.</summary>
internal static class EpochOrder
{
    // A section's header and the first block: 64 KiB batches, and formats with many header extensions.
    private const long HeadBytes = 512 * 1024;

    /// <summary>Segments by epoch in order of time, then as <see cref="SegmentKey.AssemblyOrder"/> says.</summary>
    public static async Task<IReadOnlyList<SegmentKey>> SortAsync(
        IObjectStore store, string folder, IReadOnlyCollection<SegmentKey> segments, CancellationToken cancellationToken)
    {
        List<(long StartUs, SegmentKey[] Segments)> epochs = [];
        var groups = segments.GroupBy(static s => s.Epoch).ToList();
        foreach (var group in groups)
        {
            SegmentKey[] sorted = [.. group.Order(SegmentKey.AssemblyOrder)];
            var start = groups.Count == 1 ? 0 : await StartOfAsync(store, folder + sorted[0].FileName, cancellationToken);
            epochs.Add((start, sorted));
        }

        return [.. epochs.OrderBy(static e => e.StartUs).ThenBy(static e => e.Segments[0].Epoch).SelectMany(static e => e.Segments)];
    }

    /// <summary>When the first block of a segment was received, µs since 1970; a segment that cannot be read goes last.</summary>
    public static async Task<long> StartOfAsync(IObjectStore store, string key, CancellationToken cancellationToken)
    {
        await using var stored = await store.GetAsync(key, new ByteRange(0, HeadBytes), cancellationToken);
        if (stored is null)
        {
            return long.MaxValue;
        }

        var reader = new TrackFileReader(stored.Content);
        while (await reader.ReadAsync(cancellationToken))
        {
            if (reader.Kind == TrackItemKind.Block && reader.Header.ReceivedTimeUs > 0)
            {
                return reader.Header.ReceivedTimeUs;
            }
        }

        return long.MaxValue;
    }
}
