using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Recording.Grains.Abstractions.Recordings;
using Recording.Storage;

namespace Recording.Grains.Recordings.Hosting;

/// <summary>
/// Wakes every index shard when a silo starts, so that what was left unfinished goes on, and brings back entries that are missing in the index;
/// tries again until the store answers.
/// </summary>
internal sealed class IndexArming(IGrainFactory grains, IObjectStore store, TimeProvider time, ILogger<IndexArming> logger) : BackgroundService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var left = IndexShards.All.ToList();
        var isComplete = false;
        while (!isComplete && !stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (left.Count > 0)
                {
                    await grains.GetGrain<IRecordingIndexGrain>(left[^1]).Arm();
                    left.RemoveAt(left.Count - 1);
                }

                await new IndexRebuild(store, logger).RestoreAsync(grains, stoppingToken);
                isComplete = true;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                RecordingsLog.ArmingFailed(logger, left.Count, e);
                await Task.Delay(RetryDelay, time, stoppingToken);
            }
        }
    }
}
