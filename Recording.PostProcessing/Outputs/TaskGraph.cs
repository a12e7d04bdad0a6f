namespace Recording.PostProcessing.Outputs;

/// <summary>Which tasks a composition has, and which wait for which. Pure.</summary>
internal static class TaskGraph
{
    /// <summary>All tasks behind the plan, each after those it depends on.</summary>
    public static List<PlannedTask> Of(CompositionPlan plan, string jobKind)
    {
        double seconds = plan.DurationUs / 1e6;
        List<PlannedTask> tasks = [];
        bool wantsAll = jobKind == CompositionTasks.RemuxJob;
        HashSet<string> used = new(plan.AudioTrackIds.Concat(plan.Chunks.SelectMany(chunk => chunk.TrackIds())), StringComparer.Ordinal);
        foreach (RemuxGroup group in plan.Groups.Where(group => wantsAll || group.Tracks.Any(track => used.Contains(track.TrackId))))
        {
            tasks.Add(new PlannedTask($"{CompositionTasks.Remux}-{group.Index}", CompositionTasks.Remux, group.Index, [CompositionTasks.Plan], 0.2 + (group.Tracks.Count * plan.RecordedUs / 1e6 * 0.01)));
        }

        if (wantsAll)
        {
            return tasks;
        }

        List<string> joined = [];
        foreach (PlannedChunk chunk in plan.Chunks)
        {
            // Of a track that is copied there is nothing to render unless it turns out to be turned.
            double work = plan.CopiedTrackId is not null ? 0 : chunk.Pieces.Sum(piece => piece.FrameCount * (1 + (0.3 * piece.Regions.Count))) / plan.Settings.FrameRate * 0.3;
            joined.Add($"{CompositionTasks.Render}-{chunk.Index}");
            tasks.Add(new PlannedTask(joined[^1], CompositionTasks.Render, chunk.Index, [CompositionTasks.Plan, .. Remuxes(plan, chunk.TrackIds())], 0.2 + work));
        }

        if (plan.Settings.Output.IsPerSpeaker)
        {
            AddSpeakers(CompositionTasks.Speaker);
        }
        else
        {
            joined.Add(CompositionTasks.Audio);
            tasks.Add(new PlannedTask(
                CompositionTasks.Audio, CompositionTasks.Audio, 0, [CompositionTasks.Plan, .. Remuxes(plan, plan.AudioTrackIds)], 0.2 + (seconds * 0.02 * (1 + plan.AudioTrackIds.Count))));
        }

        if (plan.Settings.Waveforms)
        {
            AddSpeakers(CompositionTasks.Waveform);
        }

        if (!plan.Settings.Output.IsPerSpeaker || plan.Chapters.Count > 0)
        {
            tasks.Add(new PlannedTask(CompositionTasks.Join, CompositionTasks.Join, 0, joined.Count > 0 ? joined : [CompositionTasks.Plan], 0.2 + (seconds * 0.05)));
        }

        return tasks;

        void AddSpeakers(string kind)
        {
            for (int i = 0; i < plan.Speakers.Count; i++)
            {
                tasks.Add(new PlannedTask($"{kind}-{i}", kind, i, [CompositionTasks.Plan, .. Remuxes(plan, plan.Speakers[i].TrackIds)], 0.2 + (seconds * 0.02)));
            }
        }
    }

    private static IEnumerable<string> Remuxes(CompositionPlan plan, IReadOnlyList<string> trackIds) =>
        plan.Groups.Where(group => group.Tracks.Any(track => trackIds.Contains(track.TrackId, StringComparer.Ordinal))).Select(group => $"{CompositionTasks.Remux}-{group.Index}");
}
