namespace Recording.Grains.Tracks;

/// <summary>Which indexes of an epoch are stored: the end of the contiguous prefix, and what lies beyond holes. Out-of-order Puts end here.</summary>
internal sealed class StoredRanges(ulong contiguous)
{
    /// <summary>Disjoint, ascending, all beyond <see cref="Contiguous"/>; nearly always empty or one entry long.</summary>
    private readonly List<(ulong First, ulong Last)> _beyond = [];

    /// <summary>All indexes up to here are stored or known to be lost; 0 = none.</summary>
    public ulong Contiguous { get; private set; } = contiguous;

    /// <summary>Counts indexes as stored; overlaps are allowed.</summary>
    public void Add(ulong first, ulong last)
    {
        if (last < first || last <= Contiguous)
        {
            return;
        }

        int at = 0;
        while (at < _beyond.Count && _beyond[at].Last < first && first - _beyond[at].Last > 1)
        {
            at++;
        }

        while (at < _beyond.Count && (_beyond[at].First <= last || _beyond[at].First - last == 1))
        {
            first = Math.Min(first, _beyond[at].First);
            last = Math.Max(last, _beyond[at].Last);
            _beyond.RemoveAt(at);
        }

        _beyond.Insert(at, (first, last));
        if (_beyond[0].First <= Contiguous + 1)
        {
            Contiguous = Math.Max(Contiguous, _beyond[0].Last);
            _beyond.RemoveAt(0);
        }
    }

    /// <summary>All up to <paramref name="last"/> is stored.</summary>
    public void AddPrefix(ulong last) => Add(1, last);

    /// <summary>The first index from <paramref name="index"/> on that is not stored.</summary>
    public ulong NextMissing(ulong index)
    {
        index = Math.Max(index, Contiguous + 1);
        foreach ((ulong first, ulong last) in _beyond)
        {
            if (first > index)
            {
                break;
            }

            index = Math.Max(index, last + 1);
        }

        return index;
    }

    /// <summary>The parts of a range that are not stored, ascending.</summary>
    public IEnumerable<(ulong First, ulong Last)> Missing(ulong first, ulong last)
    {
        for (ulong start = NextMissing(first); start <= last; start = NextMissing(start))
        {
            ulong end = last;
            foreach ((ulong beyond, _) in _beyond)
            {
                if (beyond > start)
                {
                    end = Math.Min(end, beyond - 1);
                    break;
                }
            }

            yield return (start, end);
            start = end + 1;
        }
    }
}
