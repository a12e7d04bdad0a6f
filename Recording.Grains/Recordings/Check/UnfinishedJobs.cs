using System.Text.Json;
using Recording.Grains.Abstractions.Jobs;
using Recording.Grains.Jobs;
using Recording.Storage;

namespace Recording.Grains.Recordings.Check;

/// <summary>Whose jobs are not over, or over only lately and still removing their files.</summary>
internal sealed class UnfinishedJobs
{
    private const string Folder = RecordingKeys.StatePrefix + "job/";

    private readonly HashSet<string> _recordings = new(StringComparer.Ordinal);
    private bool _isUnknown;

    /// <summary>Whether a job may still store or hand over files of this recording.</summary>
    public bool MayConcern(string recordingId) => _isUnknown || _recordings.Contains(recordingId);

    /// <summary>Reads the states of all jobs.</summary>
    /// <param name="store">The store.</param>
    /// <param name="json">How states are written.</param>
    /// <param name="isOld">Whether a state was written so long ago that no worker of its job can be left.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<UnfinishedJobs> ReadAsync(IObjectStore store, JsonSerializerOptions json, Func<ObjectInfo, bool> isOld, CancellationToken cancellationToken)
    {
        List<string> keys = [];
        await foreach (var info in store.ListAsync(Folder, cancellationToken))
        {
            keys.Add(info.Key);
        }

        var jobs = new UnfinishedJobs();
        foreach (var key in keys)
        {
            await using var stored = await store.GetAsync(key, cancellationToken: cancellationToken);
            if (stored is not null)
            {
                jobs.Add(await stored.ReadAllAsync(cancellationToken), json, isOld(stored.Info));
            }
        }

        return jobs;
    }

    private void Add(byte[] content, JsonSerializerOptions json, bool isOld)
    {
        try
        {
            if (JsonSerializer.Deserialize<JobState>(content, json) is { Spec: { } spec } job
                && !(job.CleanedUp || (isOld && job.Status is not (JobStatus.Pending or JobStatus.Running))))
            {
                _recordings.Add(spec.RecordingId);
            }
        }
        catch (JsonException)
        {
            // Nobody can say whose it is: it may be any recording's.
            _isUnknown = true;
        }
    }
}
