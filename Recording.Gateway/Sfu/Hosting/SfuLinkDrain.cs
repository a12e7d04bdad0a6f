using Microsoft.Extensions.Hosting;
using Recording.Gateway.Sfu.Links;
using Recording.Model;

namespace Recording.Gateway.Sfu.Hosting;

/// <summary>
/// Shutdown of links, begun as soon as the process is told to stop: no new rooms, no more reading, everything received stored, then the links are closed.
/// It starts with ApplicationStopping because the web server stops before hosted services do, and waits for open calls.
/// </summary>
internal sealed class SfuLinkDrain(SfuLinkServices services, IHostApplicationLifetime lifetime) : BackgroundService
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan s_eventPatience = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private Task? _drain;

    /// <inheritdoc />
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStopping.Register(() => _ = DrainAsync());
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc />
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await DrainAsync().WaitAsync(cancellationToken);
        await base.StopAsync(cancellationToken);
    }

    /// <summary>Drains; repeated calls get the same task.</summary>
    public Task DrainAsync()
    {
        lock (_gate)
        {
            return _drain ??= RunDrainAsync();
        }
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_tick, services.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                services.Tick();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
    }

    private async Task RunDrainAsync()
    {
        services.BeginDraining();
        SfuLinkLog.Draining(services.Logger, services.Links.Count, services.Ingests.Count);
        foreach (SfuLink link in services.Links)
        {
            link.StopReading();
        }

        using var deadline = new CancellationTokenSource(services.Options.DrainTimeout, services.Time);
        int unfinished = await services.Ingests.DrainAsync(services.Options.DrainPatience, deadline.Token);
        foreach (SfuLink link in services.Links)
        {
            link.Close(RecordingErrorCode.ShuttingDown, "This process is shutting down");
        }

        // The rooms learn that their links are gone, so that the grace begins now and not with the next failed call.
        // Events that a store which is down does not make durable are not waited for: an SFU that is asked to keep them still has them.
        long closedAt = services.Time.GetTimestamp();
        while ((services.Links.Count > 0 || services.PendingEvents > 0) && !deadline.IsCancellationRequested
            && (unfinished == 0 || services.Time.GetElapsedTime(closedAt) < s_eventPatience))
        {
            services.Tick();
            try
            {
                await Task.Delay(s_tick, services.Time, deadline.Token);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        SfuLinkLog.Drained(services.Logger, unfinished);
    }
}
