namespace Recording.PostProcessing.Timeline;

/// <summary>A half-open stretch of recording time.</summary>
/// <param name="StartUs">First moment, µs since the recording's origin.</param>
/// <param name="EndUs">First moment after it, µs since the recording's origin.</param>
public readonly record struct TimeInterval(long StartUs, long EndUs)
{
    /// <summary>µs; 0 = empty.</summary>
    public long LengthUs => Math.Max(0, EndUs - StartUs);

    /// <summary>Whether a moment lies in it.</summary>
    public bool Contains(long timeUs) => timeUs >= StartUs && timeUs < EndUs;

    /// <summary>Index of the interval that holds a moment, in a list as <see cref="Union"/> makes it; -1 = none does.</summary>
    public static int Find(IReadOnlyList<TimeInterval> sorted, long timeUs)
    {
        int low = 0;
        int high = sorted.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (sorted[middle].Contains(timeUs))
            {
                return middle;
            }

            (low, high) = sorted[middle].EndUs <= timeUs ? (middle + 1, high) : (low, middle - 1);
        }

        return -1;
    }

    /// <summary>Sorted, clipped to <paramref name="bounds"/>, those that touch joined, empty ones gone.</summary>
    public static IReadOnlyList<TimeInterval> Union(IEnumerable<TimeInterval> intervals, TimeInterval bounds)
    {
        List<TimeInterval> result = [];
        IEnumerable<TimeInterval> clipped = intervals
            .Select(interval => new TimeInterval(Math.Max(interval.StartUs, bounds.StartUs), Math.Min(interval.EndUs, bounds.EndUs)))
            .Where(interval => interval.LengthUs > 0)
            .OrderBy(interval => interval.StartUs);
        foreach (TimeInterval interval in clipped)
        {
            if (result.Count > 0 && interval.StartUs <= result[^1].EndUs)
            {
                result[^1] = result[^1] with { EndUs = Math.Max(result[^1].EndUs, interval.EndUs) };
            }
            else
            {
                result.Add(interval);
            }
        }

        return result;
    }

    /// <summary>What is left of <paramref name="from"/> without the holes; both sorted and without overlap, as <see cref="Union"/> makes them.</summary>
    public static IReadOnlyList<TimeInterval> Subtract(IEnumerable<TimeInterval> from, IReadOnlyList<TimeInterval> holes)
    {
        List<TimeInterval> result = [];
        foreach (TimeInterval interval in from)
        {
            long start = interval.StartUs;
            foreach (TimeInterval hole in holes)
            {
                if (hole.EndUs <= start || hole.StartUs >= interval.EndUs)
                {
                    continue;
                }

                if (hole.StartUs > start)
                {
                    result.Add(new TimeInterval(start, hole.StartUs));
                }

                start = Math.Max(start, hole.EndUs);
            }

            if (start < interval.EndUs)
            {
                result.Add(new TimeInterval(start, interval.EndUs));
            }
        }

        return result;
    }
}
