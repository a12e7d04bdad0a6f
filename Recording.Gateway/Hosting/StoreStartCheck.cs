using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Recording.Model;
using Recording.Storage;

namespace Recording.Gateway.Hosting;

/// <summary>
/// Makes the bucket or says what is wrong with it, until it is there. It stops nothing: capture works without a store, and a server that comes
/// back must find the service running.
/// </summary>
internal sealed class StoreStartCheck(S3ObjectStore store, TimeProvider time, ILogger<StoreStartCheck> logger) : BackgroundService
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    // What starts after this finds the bucket there, unless the store is in trouble.
    private static readonly TimeSpan StartWait = TimeSpan.FromSeconds(5);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await base.StartAsync(cancellationToken);
        using var started = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(ExecuteTask!, Task.Delay(StartWait, time, started.Token));
        await started.CancelAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (TimeSpan delay = FirstDelay; ; delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
        {
            try
            {
                await store.EnsureBucketAsync(stoppingToken);
                HostingLog.StoreReady(logger);
                return;
            }
            catch (RecordingException exception)
            {
                HostingLog.StoreNotReady(logger, (int)exception.Code, exception.Message, delay.TotalSeconds);
            }

            await Task.Delay(delay, time, stoppingToken);
        }
    }
}
