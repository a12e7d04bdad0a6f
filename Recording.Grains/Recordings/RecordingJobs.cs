using Recording.Grains.Abstractions.Jobs;
using Recording.Grains.Recordings.State;
using Recording.Model;

namespace Recording.Grains.Recordings;

/// <summary>Which jobs a recording gets when it has ended. The same state always gives the same jobs: a handover that is repeated creates none twice.</summary>
internal static class RecordingJobs
{
    // Behind what somebody asked for.
    private const int StandingPriority = -10;

    /// <summary>Those that somebody waits for: what the stop asked for, and what the policy in force then names. Each once.</summary>
    public static IReadOnlyList<JobSpec> Awaited(RecordingState state, RecordingsOptions options)
    {
        if (!HasMedia(state))
        {
            return [];
        }

        List<JobSpec> jobs = [];
        if (state.Stop is { TriggerPostProcessing: true } stop)
        {
            jobs.Add(Spec(state, new StandingJob(DefaultComposition.JobKind, DefaultComposition.Settings), 0, stop.RequesterId));
        }

        foreach (var name in RecordingLifecycle.NewestPolicy(state).Outputs.Distinct(StringComparer.Ordinal))
        {
            if (options.JobsByOutput.TryGetValue(name, out var job))
            {
                jobs.Add(Spec(state, job, 0, "policy"));
            }
        }

        return [.. jobs.DistinctBy(JobIds.For, StringComparer.Ordinal)];
    }

    /// <summary>All: the awaited ones first, then the operator's that are not among them. Nobody waits for those, and a deployment may have no worker for them: the recording is done without.</summary>
    public static IReadOnlyList<JobSpec> All(RecordingState state, RecordingsOptions options)
    {
        var standing = HasMedia(state) ? options.StandingJobs.Select(job => Spec(state, job, StandingPriority, "system")) : [];
        return [.. Awaited(state, options).Concat(standing).DistinctBy(JobIds.For, StringComparer.Ordinal)];
    }

    private static bool HasMedia(RecordingState state) =>
        state.Status != RecordingStatus.Failed && state.StartedAtUs != 0 && state.Tracks.Exists(static t => t.Assembled is { Packets: > 0 });

    private static JobSpec Spec(RecordingState state, StandingJob job, int priority, string requesterId) => new()
    {
        RecordingId = state.Opening!.RecordingId,
        Prefix = state.Opening.Prefix,
        Kind = job.Kind,
        Parameters = job.Parameters,
        Priority = priority,
        RequesterId = requesterId,
    };
}
