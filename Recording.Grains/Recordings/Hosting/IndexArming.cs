using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Recording.Grains.Abstractions.Recordings;

namespace Recording.Grains.Recordings.Hosting;

/// <summary>Wakes every index shard when a silo starts, so that what was left unfinished goes on; tries again until the store answers.</summary>
internal sealed class IndexArming(IGrainFactory grains, TimeProvider time, ILogger<IndexArming> logger) : BackgroundService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var left = IndexShards.All.ToList();
        while (left.Count > 0 && !stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (left.Count > 0)
                {
                    await grains.GetGrain<IRecordingIndexGrain>(left[^1]).Arm();
                    left.RemoveAt(left.Count - 1);
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                RecordingsLog.ArmingFailed(logger, left.Count, e);
                await Task.Delay(RetryDelay, time, stoppingToken);
            }
        }
    }
}
