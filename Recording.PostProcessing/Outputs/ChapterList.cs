using System.Globalization;
using System.Text;
using Recording.PostProcessing.Timeline;

namespace Recording.PostProcessing.Outputs;

/// <summary>Chapters from shared screens and from who has the floor. Pure.</summary>
public static class ChapterList
{
    /// <summary>A shorter stretch belongs to the one before.</summary>
    public const long ShortestUs = 5_000_000;

    /// <summary>From the beginning to the end of the output, without hole or overlap; empty = nothing ever changes.</summary>
    public static IReadOnlyList<Chapter> Build(RecordedTimeline timeline, OutputClock clock)
    {
        ILookup<string, TimelineParticipant> people = timeline.Participants.ToLookup(participant => participant.ParticipantId, StringComparer.Ordinal);
        List<(string Name, IReadOnlyList<TimeInterval> Live)> shares = [.. timeline.Tracks
            .Where(track => track.IsScreenshare && !track.IsAudio)
            .Select(track => (Name(track.ParticipantId), track.Live))];
        SortedSet<long> cuts = [0, clock.DurationUs];
        foreach (TimeInterval interval in shares.SelectMany(share => share.Live).Concat(timeline.Floor.Select(span => span.When)))
        {
            cuts.Add(clock.ToOutputUs(interval.StartUs));
            cuts.Add(clock.ToOutputUs(interval.EndUs));
        }

        List<Chapter> stretches = [];
        long start = 0;
        foreach (long end in cuts.Skip(1))
        {
            string title = TitleAt(clock.ToRecordingUs((start + end) / 2.0 * clock.FrameRate / 1e6));
            if (stretches.Count > 0 && (title == stretches[^1].Title || title.Length == 0))
            {
                stretches[^1] = stretches[^1] with { EndUs = end };
            }
            else
            {
                stretches.Add(new Chapter(start, end, title.Length > 0 ? title : "Start"));
            }

            start = end;
        }

        List<Chapter> chapters = [];
        foreach (Chapter stretch in stretches)
        {
            if (chapters.Count > 0 && (stretch.EndUs - stretch.StartUs < ShortestUs || stretch.Title == chapters[^1].Title))
            {
                chapters[^1] = chapters[^1] with { EndUs = stretch.EndUs };
            }
            else
            {
                chapters.Add(stretch);
            }
        }

        return chapters.Count > 1 ? chapters : [];

        string Name(string id) => people[id].FirstOrDefault()?.DisplayName is { Length: > 0 } name ? name : id;

        string TitleAt(long timeUs)
        {
            (string name, _) = shares.LastOrDefault(share => TimeInterval.Find(share.Live, timeUs) >= 0);
            return name is not null ? $"Screen of {name}" : timeline.FloorAt(timeUs) is { } speaker ? Name(speaker) : "";
        }
    }

    /// <summary>As FFmpeg's metadata file.</summary>
    public static string ToMetadata(IReadOnlyList<Chapter> chapters)
    {
        var text = new StringBuilder(";FFMETADATA1\n");
        foreach (Chapter chapter in chapters)
        {
            text.Append(CultureInfo.InvariantCulture, $"[CHAPTER]\nTIMEBASE=1/1000000\nSTART={chapter.StartUs}\nEND={chapter.EndUs}\ntitle=");
            foreach (char c in TileText.Label(chapter.Title, 120))
            {
                text.Append(c is '=' or ';' or '#' or '\\' ? "\\" : "").Append(c);
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>As WebVTT.</summary>
    public static string ToWebVtt(IReadOnlyList<Chapter> chapters) =>
        WebVtt.Write(chapters.Select(chapter => new WebVttCue(chapter.StartUs, chapter.EndUs, WebVtt.Escape(TileText.Label(chapter.Title, 120)))));
}
