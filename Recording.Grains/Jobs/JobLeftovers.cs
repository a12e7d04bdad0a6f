using Recording.Grains.Abstractions.Jobs;
using Recording.Grains.Abstractions.Recordings;
using Recording.Storage;

namespace Recording.Grains.Jobs;

/// <summary>
/// Removes what a failed or cancelled job made: everything in its own folder, and the files with names that everybody knows which its tasks reported.
/// What the recording names stays, and so do well-known names while another job of the recording, which may have written them too, is under way.
/// </summary>
/// <param name="grains">The recording and its other jobs.</param>
/// <param name="store">The files.</param>
/// <param name="spec">The job's.</param>
/// <param name="jobId">The job.</param>
internal sealed class JobLeftovers(IGrainFactory grains, IObjectStore store, JobSpec spec, string jobId)
{
    /// <summary>Removes them. No worker may hold a task of the job any more.</summary>
    /// <param name="outputs">What its tasks reported.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Files that the recording names.</returns>
    public async Task<HashSet<string>> RemoveAsync(RecordingOutput[] outputs, CancellationToken cancellationToken)
    {
        string folder = RecordingKeys.Job("", jobId);
        HashSet<string> named = await NamedAsync();
        await foreach (ObjectInfo file in store.ListAsync(spec.Prefix + folder, cancellationToken))
        {
            if (!named.Contains(file.Key[spec.Prefix.Length..]))
            {
                await store.DeleteAsync(file.Key, cancellationToken);
            }
        }

        foreach (RecordingOutput output in outputs.Where(output => !output.File.StartsWith(folder, StringComparison.Ordinal)))
        {
            // Asked for each, and jobs before the recording: what one hands over in between is named then.
            bool isOurs = !await IsAnotherUnderWayAsync();
            named = await NamedAsync();
            foreach ((string name, _, _) in output.Files().Where(file => isOurs && !named.Contains(file.File)))
            {
                await store.DeleteAsync(spec.Prefix + name, cancellationToken);
            }
        }

        return named;
    }

    // Jobs of several kinds write the same well-known names, and one that is under way may have stored them before it says so.
    private async Task<bool> IsAnotherUnderWayAsync()
    {
        foreach (string id in await grains.GetGrain<IJobQueueGrain>(JobIds.DefaultQueue).JobsOf(spec.RecordingId))
        {
            if (id != jobId && await grains.GetGrain<IJobGrain>(id).GetView() is { Status: JobStatus.Pending or JobStatus.Running })
            {
                return true;
            }
        }

        return false;
    }

    private async Task<HashSet<string>> NamedAsync() =>
        await grains.GetGrain<IRecordingGrain>(spec.RecordingId).GetView() is { DeletedAtUs: 0 } recording
            ? [.. recording.Outputs.SelectMany(static output => output.Files()).Select(static file => file.File)]
            : [];
}
