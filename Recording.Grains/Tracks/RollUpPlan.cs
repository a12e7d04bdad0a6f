namespace Recording.Grains.Tracks;

/// <summary>Finds runs of small stored segments that are worth one larger object. Knows only segments of its own activation: their bytes can be checked.</summary>
internal sealed class RollUpPlan(TrackOptions options)
{
    /// <summary>By epoch, then range.</summary>
    private readonly List<StoredPart> _parts = [];

    /// <summary>A segment was stored, in any order.</summary>
    public void Add(StoredPart part)
    {
        if (!options.IsMergeable(part.Length))
        {
            return;
        }

        int at = _parts.Count;
        while (at > 0 && Compare(_parts[at - 1], part) > 0)
        {
            at--;
        }

        _parts.Insert(at, part);
    }

    /// <summary>
    /// Removes and returns the oldest run of at least two contiguous segments that reaches the size; null when there is none.
    /// </summary>
    /// <param name="storedIndex">End of an epoch's contiguous stored prefix: a run never reaches beyond it.</param>
    public IReadOnlyList<StoredPart>? Next(Func<ulong, ulong> storedIndex)
    {
        int start = 0;
        long bytes = 0;
        for (int i = 0; i < _parts.Count; i++)
        {
            StoredPart part = _parts[i];
            if (i > start && !Follows(_parts[i - 1], part))
            {
                start = i;
                bytes = 0;
            }

            if (part.Key.LastIndex > storedIndex(part.Key.Epoch))
            {
                start = i + 1;
                bytes = 0;
                continue;
            }

            bytes += part.Length;
            if (bytes >= options.RollUpBytes && i > start)
            {
                List<StoredPart> run = _parts.GetRange(start, i - start + 1);
                _parts.RemoveRange(start, run.Count);
                return run;
            }
        }

        return null;
    }

    private static bool Follows(StoredPart before, StoredPart after) =>
        before.Key.Epoch == after.Key.Epoch && after.Key.FirstIndex == before.Key.LastIndex + 1;

    private static int Compare(StoredPart left, StoredPart right)
    {
        int order = left.Key.Epoch.CompareTo(right.Key.Epoch);
        order = order != 0 ? order : left.Key.FirstIndex.CompareTo(right.Key.FirstIndex);
        return order != 0 ? order : left.Key.LastIndex.CompareTo(right.Key.LastIndex);
    }
}
