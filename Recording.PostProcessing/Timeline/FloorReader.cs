using Recording.Model.Documents;

namespace Recording.PostProcessing.Timeline;

/// <summary>Who has the floor, from the SFU's active-speaker events: whoever holds it for over two seconds; shorter interjections change nothing. Pure.</summary>
public static class FloorReader
{
    /// <summary>How long someone must be the active speaker to take the floor.</summary>
    public const long TakesUs = 2_000_000;

    /// <summary>Reads the spans: sorted, without overlap. Offline the future is known, so that a span begins with the first word, not two seconds later.</summary>
    /// <param name="events">All events, by time.</param>
    /// <param name="originUs">t = 0, µs since 1970.</param>
    /// <param name="durationUs">Length of the recording.</param>
    public static IReadOnlyList<FloorSpan> Read(IEnumerable<TimelineEntry> events, long originUs, long durationUs)
    {
        List<(string? Id, long StartUs)> turns = [];
        foreach (TimelineEntry entry in events)
        {
            long atUs = Math.Clamp(entry.TimeUs - originUs, 0, durationUs);
            string? id = turns.Count > 0 ? turns[^1].Id : null;
            if (entry.Type == "active_speaker")
            {
                string? speaker = entry.PeerId is { Length: > 0 } peer ? peer : null;
                if (speaker != id)
                {
                    turns.Add((speaker, atUs));
                }
            }
            else if (entry.Type == "peer_left" && id is not null && entry.PeerId == id)
            {
                turns.Add((null, atUs));
            }
        }

        List<FloorSpan> spans = [];
        for (int i = 0; i < turns.Count; i++)
        {
            long endUs = i + 1 < turns.Count ? turns[i + 1].StartUs : durationUs;
            (string? id, long startUs) = turns[i];
            if (id is null)
            {
                continue;
            }

            if (endUs - startUs > TakesUs)
            {
                // Who had it keeps it through what is too short, unless he left.
                if (spans.Count > 0 && spans[^1].ParticipantId == id && spans[^1].When.EndUs == startUs)
                {
                    spans[^1] = spans[^1] with { When = spans[^1].When with { EndUs = endUs } };
                }
                else
                {
                    spans.Add(new FloorSpan(id, new TimeInterval(startUs, endUs)));
                }
            }
            else if (spans.Count > 0 && spans[^1].When.EndUs == startUs)
            {
                spans[^1] = spans[^1] with { When = spans[^1].When with { EndUs = endUs } };
            }
        }

        return spans;
    }
}
