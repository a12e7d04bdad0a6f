using Microsoft.Extensions.Logging;
using Orleans;
using Recording.Grains.Abstractions.Links;

namespace Recording.Gateway.Sfu.Links;

/// <summary>Holds one SFU for this process: takes the lease, renews it, keeps the observer attached, and notices a newer holder. A grain that does not answer changes nothing.</summary>
internal sealed class LinkLeaseKeeper(string key, LinkFence fence, IGrainFactory grains, TimeProvider time, SfuLinkOptions options, ILogger logger)
{
    private static readonly TimeSpan s_attachInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(1);

    private readonly ISfuLinkGrain _grain = grains.GetGrain<ISfuLinkGrain>(key);
    private readonly LogGate _log = new(time);
    private ulong _held;

    /// <summary>The fence that was granted to this holder; another link of this process may hold a newer one.</summary>
    public ulong Held => Volatile.Read(ref _held);

    /// <summary>Takes the lease, waiting while another process holds it.</summary>
    public async Task AcquireAsync(CancellationToken cancellation)
    {
        while (true)
        {
            TimeSpan wait;
            try
            {
                LinkLease lease = await _grain.Acquire(options.ServiceId, fence.Value);
                if (lease.Granted)
                {
                    fence.RaiseTo(lease.Fence);
                    Volatile.Write(ref _held, lease.Fence);
                    return;
                }

                wait = lease.TimeToLive > s_retry ? s_retry : lease.TimeToLive + TimeSpan.FromMilliseconds(50);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailure(exception);
                wait = s_retry;
            }

            await Task.Delay(wait, time, cancellation);
        }
    }

    /// <summary>Renews and attaches until cancelled; tells when a newer holder is seen.</summary>
    public async Task RunAsync(ISfuLinkObserver observer, Func<string[]> rooms, Action onFenced, CancellationToken cancellation)
    {
        long attachAt = time.GetTimestamp();
        try
        {
            while (!cancellation.IsCancellationRequested)
            {
                try
                {
                    if (time.GetTimestamp() >= attachAt)
                    {
                        attachAt = time.GetTimestamp() + (long)(s_attachInterval.TotalSeconds * time.TimestampFrequency);
                        if (!await _grain.Attach(Held, observer, rooms()))
                        {
                            onFenced();
                            return;
                        }
                    }

                    LinkLease lease = await _grain.Renew(options.ServiceId, Held);
                    if (!lease.Granted && lease.Fence > Held)
                    {
                        onFenced();
                        return;
                    }
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    attachAt = time.GetTimestamp();
                    LogFailure(exception);
                }

                await Task.Delay(options.LeaseInterval, time, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return;
        }
    }

    /// <summary>Gives the lease back.</summary>
    public async Task ReleaseAsync()
    {
        try
        {
            await _grain.Release(options.ServiceId, Held);
        }
        catch (Exception exception)
        {
            // It runs out by itself.
            LogFailure(exception);
        }
    }

    private void LogFailure(Exception exception)
    {
        if (_log.Opens("lease"))
        {
            SfuLinkLog.LeaseCallFailed(logger, exception, key);
        }
    }
}
