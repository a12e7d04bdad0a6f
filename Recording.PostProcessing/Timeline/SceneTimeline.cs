using Recording.PostProcessing.Layout;

namespace Recording.PostProcessing.Timeline;

/// <summary>Cuts a recording into scenes: pure and deterministic.</summary>
public static class SceneTimeline
{
    /// <summary>A shorter scene would only flicker: it joins a neighbour.</summary>
    public const double ShortestSceneSeconds = 0.5;

    /// <summary>How long a page is shown when there are several.</summary>
    public const int PageSeconds = 10;

    /// <summary>The scenes of one layout with the pauses cut out.</summary>
    public static IReadOnlyList<Scene> Build(RecordedTimeline timeline, ILayout layout, Canvas canvas) =>
        Build(timeline, LayoutScript.Of(layout), canvas, new OutputClock(timeline.DurationUs, timeline.Pauses, canvas.FrameRate));

    /// <summary>The scenes, from the first frame to the last without hole or overlap.</summary>
    /// <param name="timeline">What was recorded.</param>
    /// <param name="script">Which layout holds when.</param>
    /// <param name="canvas">The picture.</param>
    /// <param name="clock">What the output keeps; a pause that it keeps becomes a card.</param>
    public static IReadOnlyList<Scene> Build(RecordedTimeline timeline, LayoutScript script, Canvas canvas, OutputClock clock)
    {
        ArgumentNullException.ThrowIfNull(timeline);
        ArgumentNullException.ThrowIfNull(script);
        ArgumentNullException.ThrowIfNull(clock);
        var stages = new StageTimeline(timeline, script);
        SortedSet<long> cuts = [0, clock.TotalFrames];
        foreach (long momentUs in stages.Changes())
        {
            cuts.Add(clock.ToFrame(momentUs));
        }

        List<Scene> scenes = [];
        long start = 0;
        foreach (long end in cuts.Skip(1))
        {
            // Cuts were rounded to frames, so that only the middle is surely on the right side of each.
            long middleUs = clock.ToRecordingUs((start + end) / 2.0);
            if (TimeInterval.Find(timeline.Pauses, middleUs) >= 0)
            {
                scenes.Add(new Scene(start, end - start, []) { IsPause = true });
            }
            else
            {
                AddPages(scenes, stages.At(middleUs), script.At(middleUs).Layout, canvas, start, end);
            }

            start = end;
        }

        return JoinEqual(JoinShort(JoinEqual(scenes), (long)Math.Ceiling(ShortestSceneSeconds * canvas.FrameRate)));
    }

    private static void AddPages(List<Scene> scenes, Stage stage, ILayout layout, Canvas canvas, long start, long end)
    {
        int pages = layout.CountPages(stage, canvas);
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

    private static List<Scene> JoinEqual(List<Scene> scenes)
    {
        List<Scene> result = [];
        foreach (Scene scene in scenes)
        {
            if (result.Count > 0 && result[^1].IsPause == scene.IsPause && result[^1].Regions.SequenceEqual(scene.Regions))
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
