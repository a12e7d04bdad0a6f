using Recording.Media.TrackFiles.Wire;

namespace Recording.Grains.Tracks;

/// <summary>How far one epoch has come: what is expected next, what is stored, what was given up.</summary>
internal sealed class EpochProgress(ulong epoch, ulong firstUnstored)
{
    private readonly StoredRanges _stored = new(firstUnstored - 1);
    private readonly StoredRanges _evident = new(0);
    private readonly List<(ulong First, ulong Last)> _lost = [];
    private readonly List<(ulong First, ulong Last)> _returning = [];

    public ulong Epoch { get; } = epoch;

    /// <summary>Of the newest link that brought packets of this epoch; an older one is refused.</summary>
    public ulong Fence { get; set; }

    /// <summary>Section start of its segments: two epochs of a track may differ in format.</summary>
    public TrackHeader Header { get; set; } = new();

    /// <summary>The same, encoded.</summary>
    public byte[] Section { get; set; } = [];

    /// <summary>It comes from a spool, and is taken though the track is sealed.</summary>
    public bool IsLate { get; set; }

    /// <summary>The next index wanted.</summary>
    public ulong Expected { get; private set; } = firstUnstored;

    /// <summary>End of the contiguous stored prefix. What was given up holds it up no longer, unless it came back and is not stored yet.</summary>
    public ulong Stored
    {
        get
        {
            ulong stored = _stored.Contiguous;
            foreach ((ulong first, _) in _returning)
            {
                stored = Math.Min(stored, first - 1);
            }

            return stored;
        }
    }

    /// <summary>The stored segments are still being listed: a hole may turn out to be stored already.</summary>
    public bool IsConfirming { get; set; } = true;

    /// <summary>Indexes up to (not with) <paramref name="next"/> were taken.</summary>
    public void Take(ulong next) => Expected = _stored.NextMissing(Math.Max(Expected, next));

    /// <summary>A segment was stored, or was found stored.</summary>
    public void MarkStored(ulong first, ulong last)
    {
        _evident.Add(first, last);
        _stored.Add(first, last);
        _returning.RemoveAll(r => r.First >= first && r.Last <= last);
        Expected = Math.Max(Expected, _stored.Contiguous + 1);
    }

    /// <summary>A gateway says that all before <paramref name="firstUnstored"/> is stored or given up: nothing more of it is to be waited for.</summary>
    public void MarkStoredBefore(ulong firstUnstored)
    {
        _stored.Add(1, firstUnstored - 1);
        Expected = Math.Max(Expected, _stored.Contiguous + 1);
    }

    /// <summary>Whether a stored segment was seen for each index of a range, whatever gateways say; else the first for which none was.</summary>
    public bool IsEvident(ulong first, ulong last, out ulong missing)
    {
        missing = _evident.NextMissing(first);
        return missing > last;
    }

    /// <summary>Gives up what is not stored from the expected index to <paramref name="last"/>; returns what that is.</summary>
    public IReadOnlyList<(ulong First, ulong Last)> GiveUp(ulong last)
    {
        List<(ulong First, ulong Last)> lost = [.. _stored.Missing(Expected, last)];
        foreach ((ulong first, ulong end) in lost)
        {
            _stored.Add(first, end);
        }

        _lost.AddRange(lost);
        Take(last + 1);
        return lost;
    }

    /// <summary>Whether a range holds packets that were given up and come after all (a spool turned up); the first of them is worth taking.</summary>
    public bool IsGivenUp(ulong first, ulong last, out ulong from)
    {
        foreach ((ulong lostFirst, ulong lostLast) in _lost)
        {
            if (lostFirst <= last && lostLast >= first)
            {
                from = Math.Max(first, lostFirst);
                return true;
            }
        }

        from = 0;
        return false;
    }

    /// <summary>Takes back what was given up of a range: it counts as stored again only when it is.</summary>
    public void Return(ulong first, ulong last)
    {
        _returning.Add((first, last));
        for (int i = _lost.Count - 1; i >= 0; i--)
        {
            (ulong lostFirst, ulong lostLast) = _lost[i];
            if (lostFirst > last || lostLast < first)
            {
                continue;
            }

            _lost.RemoveAt(i);
            if (lostLast > last)
            {
                _lost.Insert(i, (last + 1, lostLast));
            }

            if (lostFirst < first)
            {
                _lost.Insert(i, (lostFirst, first - 1));
            }
        }
    }
}
