namespace Recording.Simulator.Verification;

/// <summary>Which indexes of an epoch a file holds, skipped on purpose or tells to be missing, as few ranges as possible.</summary>
internal sealed class IndexRanges
{
    private readonly List<(ulong First, ulong Last)> _ranges = [];

    public void Add(ulong first, ulong last)
    {
        if (first == 0 || last < first)
        {
            return;
        }

        // Nearly always the next one.
        if (_ranges.Count > 0 && _ranges[^1].Last + 1 == first)
        {
            _ranges[^1] = (_ranges[^1].First, last);
            return;
        }

        _ranges.Add((first, last));
    }

    /// <summary>Ranges between the first and the last index that nothing covers.</summary>
    public IEnumerable<(ulong First, ulong Last)> Holes()
    {
        ulong next = 0;
        foreach ((ulong first, ulong last) in _ranges.Order())
        {
            if (next != 0 && first > next)
            {
                yield return (next, first - 1);
            }

            next = Math.Max(next, last == ulong.MaxValue ? last : last + 1);
        }
    }
}
