using Recording.Grains.Recordings.State;
using Recording.Media.TrackFiles;

namespace Recording.Grains.Recordings;

/// <summary>Which indexes a list of segments holds.</summary>
internal sealed class SegmentCoverage
{
    private const string HeldActivation = "held";

    private readonly Dictionary<ulong, List<(ulong First, ulong Last)>> _ranges = [];

    /// <param name="segments">The list, in any order.</param>
    public SegmentCoverage(IEnumerable<SegmentEntry> segments)
    {
        foreach (var epoch in segments.Select(static s => SegmentKey.TryParse(s.Name, out var key) ? key : default).Where(static k => k.Activation is not null).GroupBy(static k => k.Epoch))
        {
            List<(ulong First, ulong Last)> merged = [];
            foreach (var key in epoch.OrderBy(static k => k.FirstIndex))
            {
                if (merged.Count > 0 && key.FirstIndex <= merged[^1].Last + 1)
                {
                    merged[^1] = (merged[^1].First, Math.Max(merged[^1].Last, key.LastIndex));
                }
                else
                {
                    merged.Add((key.FirstIndex, key.LastIndex));
                }
            }

            _ranges[epoch.Key] = merged;
        }
    }

    /// <summary>The ranges as entries that no object stands behind.</summary>
    public IEnumerable<SegmentEntry> AsEntries() => _ranges.SelectMany(static epoch => epoch.Value.Select(range =>
        new SegmentEntry { Name = new SegmentKey(epoch.Key, range.First, range.Last, HeldActivation).FileName, Size = 0 }));

    /// <summary>Whether every index of a segment is in the list.</summary>
    public bool Covers(string name) =>
        SegmentKey.TryParse(name, out var key)
        && _ranges.TryGetValue(key.Epoch, out var ranges)
        && ranges.Exists(r => r.First <= key.FirstIndex && key.LastIndex <= r.Last);
}
