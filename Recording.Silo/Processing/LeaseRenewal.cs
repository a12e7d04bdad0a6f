using Recording.Grains.Abstractions.Jobs;

namespace Recording.Silo.Processing;

/// <summary>Keeps a lease while its task is worked on, and tells how far it is; cancels the work when the lease is lost or the job over.</summary>
/// <param name="queue">Who gave it.</param>
/// <param name="lease">The lease.</param>
/// <param name="time">Paces the reports.</param>
/// <param name="logger">Gets what went wrong.</param>
internal sealed class LeaseRenewal(IJobQueueGrain queue, LeasedTask lease, TimeProvider time, ILogger logger) : IProgress<double>, IDisposable
{
    private static readonly TimeSpan _slowest = TimeSpan.FromSeconds(2);
    private readonly CancellationTokenSource _stop = new();
    private double _fraction;

    /// <inheritdoc />
    public void Report(double value) => Volatile.Write(ref _fraction, value);

    /// <summary>Reports until it is stopped; <paramref name="work"/> is cancelled when there is nothing to work for any more.</summary>
    public async Task RunAsync(CancellationTokenSource work)
    {
        TimeSpan period = lease.TimeToLive / 4 < _slowest ? lease.TimeToLive / 4 : _slowest;
        long lastSuccess = time.GetTimestamp();
        using var timer = new PeriodicTimer(period, time);
        try
        {
            do
            {
                if (await TryReportAsync() is { } goOn)
                {
                    lastSuccess = time.GetTimestamp();
                    if (!goOn)
                    {
                        await work.CancelAsync();
                        return;
                    }
                }
                else if (time.GetElapsedTime(lastSuccess) > lease.TimeToLive)
                {
                    // Somebody else has the task by now.
                    await work.CancelAsync();
                    return;
                }
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            ProcessingLog.RenewalEnded(logger, lease.Task.JobId, lease.Task.TaskId);
        }
    }

    /// <summary>Ends the reports.</summary>
    public async Task StopAsync(Task running)
    {
        await _stop.CancelAsync();
        await running;
    }

    /// <inheritdoc />
    public void Dispose() => _stop.Dispose();

    private async Task<bool?> TryReportAsync()
    {
        try
        {
            return await queue.Report(lease.LeaseId, Volatile.Read(ref _fraction));
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            ProcessingMetrics.QueueFailures.Add(1);
            ProcessingLog.QueueUnreachable(logger, lease.LeaseId, exception.Message);
            return null;
        }
    }
}
