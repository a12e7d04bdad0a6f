using Recording.PostProcessing.Layout;

namespace Recording.PostProcessing.Timeline;

/// <summary>What there is to show at any moment of a recording. Pure.</summary>
internal sealed class StageTimeline
{
    private readonly RecordedTimeline _timeline;
    private readonly LayoutScript _script;
    private readonly List<Person> _people;
    private readonly List<StageSource> _everyone;

    public StageTimeline(RecordedTimeline timeline, LayoutScript script)
    {
        _timeline = timeline;
        _script = script;
        ILookup<string, TimelineTrack> tracks = timeline.Tracks.ToLookup(track => track.ParticipantId, StringComparer.Ordinal);
        _people = [.. timeline.Participants
            .Where(participant => tracks.Contains(participant.ParticipantId))
            .Select(participant => new Person(participant, [.. tracks[participant.ParticipantId]]))];
        _everyone = [.. _people.SelectMany(Sources).OrderBy(source => source.SinceUs)];
    }

    /// <summary>Moments at which the stage can change, µs since the origin.</summary>
    public IEnumerable<long> Changes()
    {
        IEnumerable<TimeInterval> intervals = _timeline.Tracks.Where(track => !track.IsAudio).SelectMany(track => track.Live)
            .Concat(_people.SelectMany(person => person.Participant.Present))
            .Concat(_timeline.Pauses);
        if (_script.FollowsSpeaker)
        {
            intervals = intervals.Concat(_timeline.Floor.Select(span => span.When));
        }

        return intervals.SelectMany(interval => new[] { interval.StartUs, interval.EndUs }).Concat(_script.Steps.Select(step => step.AtUs));
    }

    /// <summary>The stage at a moment.</summary>
    public Stage At(long timeUs)
    {
        LayoutStep step = _script.At(timeUs);
        List<StageSource> screens = [];
        List<StageSource> people = [];
        foreach (Person person in _people)
        {
            AddScreens(screens, person, timeUs, step.Muted);
            if (Seen(person, timeUs, step.Muted) is { } source)
            {
                people.Add(source);
            }
        }

        return new Stage([.. screens, .. people], step.Layout.FollowsSpeaker ? _timeline.FloorAt(timeUs) : null) { PinnedId = step.PinnedId, Everyone = _everyone };
    }

    private static void AddScreens(List<StageSource> screens, Person person, long timeUs, IReadOnlySet<string> muted)
    {
        foreach (TimelineTrack track in person.Tracks.Where(track => !track.IsAudio && track.IsScreenshare && !muted.Contains(track.TrackId)))
        {
            int stay = TimeInterval.Find(track.Live, timeUs);
            if (stay >= 0)
            {
                screens.Add(Source(person, track.Live[stay].StartUs) with { TrackId = track.TrackId, IsScreenshare = true });
            }
        }
    }

    private static StageSource? Seen(Person person, long timeUs, IReadOnlySet<string> muted)
    {
        if (!person.HasCameraOrMicrophone)
        {
            return null;
        }

        // Of several cameras the one published last is shown.
        TimelineTrack? camera = null;
        bool live = false;
        foreach (TimelineTrack track in person.Tracks.Where(track => !track.IsScreenshare))
        {
            if (TimeInterval.Find(track.Live, timeUs) >= 0)
            {
                live = true;
                camera = track.IsAudio || muted.Contains(track.TrackId) ? camera : track;
            }
        }

        int stay = TimeInterval.Find(person.Participant.Present, timeUs);
        return stay < 0 && !live ? null : Source(person, stay >= 0 ? person.Participant.Present[stay].StartUs : 0) with { TrackId = camera?.TrackId };
    }

    private static IEnumerable<StageSource> Sources(Person person)
    {
        foreach (TimelineTrack screen in person.Tracks.Where(track => !track.IsAudio && track.IsScreenshare && track.Live.Count > 0))
        {
            yield return Source(person, screen.Live[0].StartUs) with { TrackId = screen.TrackId, IsScreenshare = true };
        }

        IEnumerable<TimelineTrack> own = person.Tracks.Where(track => !track.IsScreenshare && track.Live.Count > 0);
        if (person.HasCameraOrMicrophone && (person.Participant.Present.Count > 0 || own.Any()))
        {
            long sinceUs = person.Participant.Present.Select(stay => stay.StartUs).Concat(own.Select(track => track.Live[0].StartUs)).Min();
            yield return Source(person, sinceUs) with { TrackId = own.FirstOrDefault(track => !track.IsAudio)?.TrackId };
        }
    }

    private static StageSource Source(Person person, long sinceUs) =>
        new() { ParticipantId = person.Participant.ParticipantId, DisplayName = person.Participant.DisplayName, SinceUs = sinceUs };

    private sealed record Person(TimelineParticipant Participant, TimelineTrack[] Tracks)
    {
        public bool HasCameraOrMicrophone { get; } = Tracks.Any(track => !track.IsScreenshare);
    }
}
