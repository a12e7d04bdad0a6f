using System.Globalization;
using Microsoft.Extensions.Options;
using Recording.Grains.Abstractions.Jobs;
using Recording.Model;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.Storage;

namespace Recording.Silo.Processing;

/// <summary>
/// Pulls tasks from the queue and runs them, <see cref="ProcessingOptions.Workers"/> at once. A lease is renewed while the work goes on; work
/// whose lease is lost is dropped, and at shutdown the task is given back.
/// </summary>
internal sealed class ProcessingWorkers(
    IGrainFactory grains,
    IObjectStore store,
    IOptions<ProcessingOptions> options,
    TimeProvider time,
    ILogger<ProcessingWorkers> logger) : BackgroundService
{
    private static readonly TimeSpan _longestIdleDelay = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _probeRetry = TimeSpan.FromSeconds(30);
    private readonly ProcessingOptions _options = options.Value;
    private readonly MachineCapacity _capacity = new(options.Value.Capacity, time);
    private int _short;

    private IJobQueueGrain Queue => grains.GetGrain<IJobQueueGrain>(JobIds.DefaultQueue);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_options.Workers <= 0)
        {
            return;
        }

        try
        {
            // A machine that is busy when this process starts is busy for its first task too.
            TimeSpan unmeasured = _capacity.Begin();
            long began = time.GetTimestamp();
            RemoveAbandoned();
            FfmpegProbe probe = await ProbeAsync(stoppingToken);
            if (unmeasured > time.GetElapsedTime(began))
            {
                await Task.Delay(unmeasured - time.GetElapsedTime(began), time, stoppingToken);
            }

            ProcessingLog.Ready(logger, _options.Workers, probe.Version);
            using var runner = new TaskRunner(store, grains, probe, _options, time, logger);
            await Task.WhenAll(Enumerable.Range(0, _options.Workers).Select(number => WorkAsync(WorkerId(number), runner, stoppingToken)));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            ProcessingLog.Stopped(logger, "", "", "shutting down");
        }
    }

    // What a process that was killed left behind; nothing that runs is silent for a day.
    private void RemoveAbandoned()
    {
        string root = _options.ScratchDirectory.Length > 0 ? _options.ScratchDirectory : Path.GetTempPath();
        try
        {
            ScratchDirectory.RemoveAbandoned(root, TimeSpan.FromDays(1), time);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            ProcessingLog.NotRemoved(logger, exception, root);
        }
    }

    private async Task<FfmpegProbe> ProbeAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                return await FfmpegProbe.RunAsync(_options.Ffmpeg, time, stoppingToken);
            }
            catch (RecordingException exception)
            {
                ProcessingLog.NoFfmpeg(logger, exception);
                await Task.Delay(_probeRetry, time, stoppingToken);
            }
        }
    }

    private async Task WorkAsync(string workerId, TaskRunner runner, CancellationToken stoppingToken)
    {
        TimeSpan idle = _options.IdleDelay;
        while (!stoppingToken.IsCancellationRequested)
        {
            LeasedTask? lease = null;
            try
            {
                lease = HasRoom() ? await Queue.Pull(workerId) : null;
                idle = _options.IdleDelay;
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                ProcessingMetrics.QueueFailures.Add(1);
                ProcessingLog.QueueUnreachable(logger, workerId, exception.Message);
                idle = idle * 2 < _longestIdleDelay ? idle * 2 : _longestIdleDelay;
            }

            if (lease is null)
            {
                await Task.Delay(idle, time, stoppingToken);
            }
            else
            {
                await RunAsync(workerId, lease, runner, stoppingToken);
            }
        }
    }

    // A worker with nothing to do asks again soon; said once for as long as it lasts.
    private bool HasRoom()
    {
        string? shortage = _capacity.Shortage();
        if (shortage is not null)
        {
            ProcessingMetrics.Deferred.Add(1);
        }

        if (Interlocked.Exchange(ref _short, shortage is null ? 0 : 1) == 0 && shortage is not null)
        {
            ProcessingLog.NoRoom(logger, shortage);
        }

        return shortage is null;
    }

    private async Task RunAsync(string workerId, LeasedTask lease, TaskRunner runner, CancellationToken stoppingToken)
    {
        QueuedTask task = lease.Task;
        using var span = RecordingTrace.Start("job." + task.Kind, task.Spec.RecordingId)?.SetTag("job.id", task.JobId).SetTag("task.id", task.TaskId);
        ProcessingLog.Begun(logger, task.JobId, task.TaskId, task.Attempt, workerId);
        long started = time.GetTimestamp();
        using var work = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        using var renewal = new LeaseRenewal(Queue, lease, time, logger);
        Task renewing = renewal.RunAsync(work);
        TaskResult? result = null;
        TaskFailure? failure = null;
        string outcome;
        try
        {
            result = await runner.RunAsync(lease, renewal, work.Token);
            outcome = "done";
            ProcessingLog.Done(logger, task.JobId, task.TaskId, Math.Round(time.GetElapsedTime(started).TotalSeconds, 1));
        }
        catch (OperationCanceledException) when (work.IsCancellationRequested)
        {
            outcome = stoppingToken.IsCancellationRequested ? "given_back" : "dropped";

            // Dropped work is given back too: the job's files are removed when nobody can store any more.
            string reason = stoppingToken.IsCancellationRequested ? "the processor shuts down" : "the work was dropped";
            failure = new TaskFailure(RecordingErrorCode.ShuttingDown, reason, "", Permanent: false);
            ProcessingLog.Stopped(logger, task.JobId, task.TaskId, outcome);
        }
        catch (Exception exception)
        {
            outcome = "failed";
            failure = Describe(exception);
            ProcessingLog.Failed(logger, exception, task.JobId, task.TaskId, failure.Code);
        }

        await renewal.StopAsync(renewing);
        ProcessingMetrics.Tasks.Add(1, new("kind", task.Kind), new("outcome", outcome));
        ProcessingMetrics.Seconds.Record(time.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>("kind", task.Kind));
        await HandInAsync(lease, result, failure);
    }

    private async Task HandInAsync(LeasedTask lease, TaskResult? result, TaskFailure? failure)
    {
        try
        {
            if (result is not null)
            {
                await Queue.Complete(lease.LeaseId, result);
            }
            else if (failure is not null)
            {
                await Queue.Fail(lease.LeaseId, failure);
            }
        }
        catch (RecordingException exception) when (exception.Code == RecordingErrorCode.WrongState && failure?.Code == RecordingErrorCode.ShuttingDown)
        {
            ProcessingLog.Stopped(logger, lease.Task.JobId, lease.Task.TaskId, exception.Message);
        }
        catch (Exception exception)
        {
            // The lease runs out and the task is given to a worker again: a task can be repeated.
            ProcessingLog.ResultLost(logger, exception, lease.Task.JobId, lease.Task.TaskId);
        }
    }

    private static TaskFailure Describe(Exception exception)
    {
        RecordingErrorCode code = exception is RecordingException known ? known.Code : RecordingErrorCode.FinalizationFailed;

        // What the files or the request say does not change by trying again.
        bool permanent = code is RecordingErrorCode.ProtocolViolation or RecordingErrorCode.UnsupportedCodec or RecordingErrorCode.NotFound or RecordingErrorCode.NoSuchRecording;
        string log = exception.InnerException is ToolFailureException tool ? tool.Log : "";
        return new TaskFailure(code, exception.Message, log, permanent);
    }

    private static string WorkerId(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{Environment.ProcessId}-{number}");
}
