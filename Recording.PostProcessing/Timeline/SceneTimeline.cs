using Recording.PostProcessing.Layout;

namespace Recording.PostProcessing.Timeline;

/// <summary>Cuts a recording into scenes: pure and deterministic.</summary>
public static class SceneTimeline
{
    /// <summary>A shorter scene would only flicker: it joins a neighbour.</summary>
    public const double ShortestSceneSeconds = 0.5;

    /// <summary>How long a page is shown when there are several.</summary>
    public const int PageSeconds = 10;

    /// <summary>The scenes, from the first frame to the last without hole or overlap.</summary>
    public static IReadOnlyList<Scene> Build(RecordedTimeline timeline, ILayout layout, Canvas canvas)
    {
        var clock = new OutputClock(timeline.DurationUs, timeline.Pauses, canvas.FrameRate);
        var participants = timeline.Participants.Where(participant => timeline.Tracks.Any(track => track.ParticipantId == participant.ParticipantId)).ToList();
        SortedSet<long> cuts = [0, clock.TotalFrames];
        foreach (TimeInterval interval in timeline.Tracks.Where(track => !track.IsAudio).SelectMany(track => track.Live)
            .Concat(participants.SelectMany(participant => participant.Present)))
        {
            cuts.Add(clock.ToFrame(interval.StartUs));
            cuts.Add(clock.ToFrame(interval.EndUs));
        }

        List<Scene> scenes = [];
        long start = 0;
        foreach (long end in cuts.Skip(1))
        {
            // Cuts were rounded to frames, so that only the middle is surely on the right side of each.
            Stage stage = StageAt(timeline, participants, clock.ToRecordingUs((start + end) / 2.0));
            AddPages(scenes, stage, layout, canvas, start, end);
            start = end;
        }

        return JoinEqual(JoinShort(JoinEqual(scenes), (long)Math.Ceiling(ShortestSceneSeconds * canvas.FrameRate)));
    }

    private static void AddPages(List<Scene> scenes, Stage stage, ILayout layout, Canvas canvas, long start, long end)
    {
        int pages = layout.CountPages(stage);
        long pageFrames = (long)PageSeconds * canvas.FrameRate;
        while (start < end)
        {
            // Pages turn on a fixed raster of output time, whoever comes and goes.
            long stop = pages == 1 ? end : Math.Min(end, ((start / pageFrames) + 1) * pageFrames);
            var page = (int)(start / pageFrames % pages);
            scenes.Add(new Scene(start, stop - start, [.. layout.Arrange(stage, canvas, page).OrderBy(region => region.Z)]));
            start = stop;
        }
    }

    private static Stage StageAt(RecordedTimeline timeline, List<TimelineParticipant> participants, long timeUs)
    {
        List<StageSource> screens = [];
        List<StageSource> people = [];
        foreach (TimelineParticipant participant in participants)
        {
            List<TimelineTrack> tracks = [.. timeline.Tracks.Where(track => track.ParticipantId == participant.ParticipantId)];
            List<TimelineTrack> live = [.. tracks.Where(track => track.Live.Any(interval => interval.Contains(timeUs)))];
            foreach (TimelineTrack screen in live.Where(track => !track.IsAudio && track.IsScreenshare))
            {
                screens.Add(new StageSource { ParticipantId = participant.ParticipantId, DisplayName = participant.DisplayName, TrackId = screen.TrackId, IsScreenshare = true });
            }

            bool cameraOrMicrophone = tracks.Any(track => !track.IsScreenshare);
            bool present = participant.Present.Any(interval => interval.Contains(timeUs)) || live.Any(track => !track.IsScreenshare);
            if (cameraOrMicrophone && present)
            {
                // Of several cameras the one published last is shown.
                TimelineTrack? camera = live.LastOrDefault(track => !track.IsAudio && !track.IsScreenshare);
                people.Add(new StageSource { ParticipantId = participant.ParticipantId, DisplayName = participant.DisplayName, TrackId = camera?.TrackId });
            }
        }

        return new Stage([.. screens, .. people]);
    }

    private static List<Scene> JoinEqual(List<Scene> scenes)
    {
        List<Scene> result = [];
        foreach (Scene scene in scenes)
        {
            if (result.Count > 0 && result[^1].Regions.SequenceEqual(scene.Regions))
            {
                result[^1] = result[^1] with { FrameCount = result[^1].FrameCount + scene.FrameCount };
            }
            else
            {
                result.Add(scene);
            }
        }

        return result;
    }

    private static List<Scene> JoinShort(List<Scene> scenes, long shortest)
    {
        List<Scene> result = [];
        for (int i = 0; i < scenes.Count; i++)
        {
            Scene scene = scenes[i];
            if (scene.FrameCount >= shortest)
            {
                result.Add(scene);
            }
            else if (i + 1 < scenes.Count && (result.Count == 0 || scenes[i + 1].FrameCount < shortest))
            {
                // Several changes in a row: one cut, to the state after them.
                scenes[i + 1] = scenes[i + 1] with { FirstFrame = scene.FirstFrame, FrameCount = scene.FrameCount + scenes[i + 1].FrameCount };
            }
            else if (result.Count > 0)
            {
                result[^1] = result[^1] with { FrameCount = result[^1].FrameCount + scene.FrameCount };
            }
            else
            {
                result.Add(scene);
            }
        }

        return result;
    }
}
