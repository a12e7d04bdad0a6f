using Recording.Model.Documents;
using Recording.PostProcessing.Timeline;

namespace Recording.PostProcessing.Report;

/// <summary>Stretches between timeline events that switch something off and on again; µs since the origin.</summary>
internal static class EventSpans
{
    /// <summary>From each "off" to the next "on"; to the end when there is none. Sorted, without overlap.</summary>
    public static IReadOnlyList<TimeInterval> Between(IEnumerable<TimelineEntry> events, string off, string on, long originUs, long durationUs)
    {
        List<TimeInterval> spans = [];
        long? since = null;
        foreach (TimelineEntry entry in events)
        {
            if (entry.Type == off)
            {
                since ??= entry.TimeUs - originUs;
            }
            else if (entry.Type == on && since is { } start)
            {
                spans.Add(new TimeInterval(start, entry.TimeUs - originUs));
                since = null;
            }
        }

        if (since is { } open)
        {
            spans.Add(new TimeInterval(open, durationUs));
        }

        return TimeInterval.Union(spans, new TimeInterval(0, Math.Max(1, durationUs)));
    }

    /// <summary>Whether most of a stretch lies in the spans.</summary>
    public static bool Cover(IReadOnlyList<TimeInterval> spans, long startUs, long endUs)
    {
        long covered = spans.Sum(span => Math.Max(0, Math.Min(span.EndUs, endUs) - Math.Max(span.StartUs, startUs)));
        return covered * 2 > endUs - startUs;
    }
}
