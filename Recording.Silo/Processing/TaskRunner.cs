using System.Text.Json;
using Recording.Grains.Abstractions.Jobs;
using Recording.Grains.Abstractions.Recordings;
using Recording.Model;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Report;
using Recording.PostProcessing.Transcript;
using Recording.Storage;

namespace Recording.Silo.Processing;

/// <summary>Does the work of one task: between the queue's words (task, payload, result) and post-processing's.</summary>
/// <param name="store">Where recordings are.</param>
/// <param name="grains">Who knows whether a recording is still there.</param>
/// <param name="probe">What FFmpeg can do.</param>
/// <param name="options">How to work.</param>
/// <param name="time">Measures silence.</param>
/// <param name="logger">Gets what could not be removed, and tracks that nothing can be made of.</param>
internal sealed class TaskRunner(IObjectStore store, IGrainFactory grains, FfmpegProbe probe, ProcessingOptions options, TimeProvider time, ILogger logger) : IDisposable
{
    // A process that shuts down has not longer.
    private static readonly TimeSpan _removalPatience = TimeSpan.FromSeconds(5);

    // One for all tasks: connections are kept; how long a request may take is the transcriber's business.
    private readonly HttpClient _http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = Timeout.InfiniteTimeSpan };

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    /// <summary>Runs it to the end. What it stored for a recording that was deleted meanwhile is removed again.</summary>
    /// <exception cref="RecordingException">2003: the recording is not there, or was deleted before or meanwhile.</exception>
    public async Task<TaskResult> RunAsync(LeasedTask lease, IProgress<double> progress, CancellationToken cancellationToken)
    {
        QueuedTask task = lease.Task;
        var files = new StoredRecordingFiles(store, task.Spec.Prefix);
        IRecordingGrain recording = grains.GetGrain<IRecordingGrain>(task.Spec.RecordingId);
        await RefuseDeletedAsync(recording, task);
        try
        {
            TaskProducts products = await MakeAsync(files, lease, progress, cancellationToken);
            TaskResult result = Result(task, products);

            // Stored first, asked then: whoever deletes says so first and looks for files then, so one of the two sees the other.
            await RequireKeptAsync(recording, task);
            foreach (SkippedTrack track in products.Skipped)
            {
                ProcessingLog.TrackSkipped(logger, task.JobId, track.TrackId, track.Reason);
            }

            return result;
        }
        catch
        {
            await RemoveOfDeletedAsync(recording, files, task);
            throw;
        }
    }

    // A silo that is just being replaced is no reason to count an attempt: the check after the work is the one that decides.
    private async Task RefuseDeletedAsync(IRecordingGrain recording, QueuedTask task)
    {
        try
        {
            await RequireKeptAsync(recording, task);
        }
        catch (Exception exception) when (exception is not RecordingException { Code: RecordingErrorCode.NoSuchRecording })
        {
            ProcessingLog.RecordingUnreachable(logger, task.Spec.RecordingId, exception.Message);
        }
    }

    private static async Task RequireKeptAsync(IRecordingGrain recording, QueuedTask task)
    {
        if (!await recording.IsKept())
        {
            throw new RecordingException(RecordingErrorCode.NoSuchRecording, $"Recording {task.Spec.RecordingId} is not there, or was deleted.");
        }
    }

    private async Task RemoveOfDeletedAsync(IRecordingGrain recording, StoredRecordingFiles files, QueuedTask task)
    {
        try
        {
            using var patience = new CancellationTokenSource(_removalPatience, time);
            if (!await recording.IsKept().WaitAsync(patience.Token))
            {
                await files.RemoveWrittenAsync(patience.Token);
            }
        }
        catch (Exception exception)
        {
            // What made the task end counts; `recording fsck` finds what is left of a deleted recording.
            ProcessingLog.NotRemovedOfTask(logger, exception, task.JobId, task.TaskId);
        }
    }

    private async Task<TaskProducts> MakeAsync(StoredRecordingFiles files, LeasedTask lease, IProgress<double> progress, CancellationToken cancellationToken)
    {
        QueuedTask task = lease.Task;
        using ScratchDirectory scratch = ScratchDirectory.Create(options.ScratchDirectory.Length > 0 ? options.ScratchDirectory : null);
        return task.Spec.Kind switch
        {
            ReportTasks.ReportJob => await new ReportTasks(files).PlanAsync(scratch.Directory, progress, cancellationToken),
            TranscriptTasks.TranscriptJob => await TranscribeAsync(files, task, scratch.Directory, progress, cancellationToken),
            _ => await ComposeAsync(files, lease, scratch.Directory, progress, cancellationToken),
        };
    }

    private static TaskResult Result(QueuedTask task, TaskProducts products) =>
        new()
        {
            Tasks = [.. products.Tasks.Select(planned => new TaskSpec
            {
                TaskId = planned.TaskId,
                Kind = planned.Kind,
                Payload = JsonSerializer.Serialize(new Payload(planned.Number)),
                DependsOn = [.. planned.DependsOn],
                Weight = planned.Weight,
            })],
            Outputs = [.. products.Outputs.Select(file => new RecordingOutput
            {
                File = file.File,
                Kind = file.Kind,
                Bytes = file.Bytes,
                DurationSeconds = file.DurationSeconds,
                Sha256 = file.Sha256,
                JobId = task.JobId,
                Parts = [.. file.Parts.Select(static part => new OutputPart(part.Name, part.Bytes, part.Sha256))],
            })],
            Skipped = [.. products.Skipped.Select(static track => new JobSkippedTrack(track.TrackId, track.Reason, track.Code))],
        };

    private async Task<TaskProducts> ComposeAsync(StoredRecordingFiles files, LeasedTask lease, DirectoryInfo scratch, IProgress<double> progress, CancellationToken cancellationToken)
    {
        QueuedTask task = lease.Task;
        RenderOptions render = options.RenderOn(Environment.ProcessorCount, lease.Workers);
        var tasks = new CompositionTasks(
            files, RecordingKeys.JobWork("", task.JobId), task.JobId, new FfmpegRun(options.Ffmpeg, time), probe, render);
        return task.Kind == CompositionTasks.Plan
            ? await tasks.PlanAsync(task.Spec.Kind, task.Spec.Parameters, cancellationToken)
            : await tasks.RunAsync(task.Kind, ReadNumber(task.Payload), scratch, progress, cancellationToken);
    }

    private async Task<TaskProducts> TranscribeAsync(StoredRecordingFiles files, QueuedTask task, DirectoryInfo scratch, IProgress<double> progress, CancellationToken cancellationToken)
    {
        var tasks = new TranscriptTasks(
            files,
            RecordingKeys.JobWork("", task.JobId),
            new FfmpegRun(options.Ffmpeg, time),
            new HttpTranscriber(_http, options.Transcriber, time),
            options.Transcriber.LongestPieceSeconds);
        return task.Kind == CompositionTasks.Plan
            ? await tasks.PlanAsync(task.Spec.Parameters, cancellationToken)
            : await tasks.RunAsync(task.Kind, ReadNumber(task.Payload), scratch, progress, cancellationToken);
    }

    private static int ReadNumber(string payload)
    {
        try
        {
            return JsonSerializer.Deserialize<Payload>(payload)?.Number ?? throw new JsonException("null");
        }
        catch (JsonException exception)
        {
            throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"the task's payload is not {{\"Number\":...}}: {exception.Message}", exception);
        }
    }

    private sealed record Payload(int Number);
}
