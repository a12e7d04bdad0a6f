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
/// <param name="probe">What FFmpeg can do.</param>
/// <param name="options">How to work.</param>
/// <param name="time">Measures silence.</param>
internal sealed class TaskRunner(IObjectStore store, FfmpegProbe probe, ProcessingOptions options, TimeProvider time) : IDisposable
{
    // One for all tasks: connections are kept; how long a request may take is the transcriber's business.
    private readonly HttpClient _http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = Timeout.InfiniteTimeSpan };

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    /// <summary>Runs it to the end.</summary>
    public async Task<TaskResult> RunAsync(QueuedTask task, IProgress<double> progress, CancellationToken cancellationToken)
    {
        JobSpec spec = task.Spec;
        var files = new StoredRecordingFiles(store, spec.Prefix);
        using ScratchDirectory scratch = ScratchDirectory.Create(options.ScratchDirectory.Length > 0 ? options.ScratchDirectory : null);
        TaskProducts products = spec.Kind switch
        {
            ReportTasks.ReportJob => await new ReportTasks(files).PlanAsync(scratch.Directory, progress, cancellationToken),
            TranscriptTasks.TranscriptJob => await TranscribeAsync(files, task, scratch.Directory, progress, cancellationToken),
            _ => await ComposeAsync(files, task, scratch.Directory, progress, cancellationToken),
        };
        return new TaskResult
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
            })],
        };
    }

    private async Task<TaskProducts> ComposeAsync(StoredRecordingFiles files, QueuedTask task, DirectoryInfo scratch, IProgress<double> progress, CancellationToken cancellationToken)
    {
        var tasks = new CompositionTasks(
            files, JobFiles.WorkPrefix("", task.JobId), task.JobId, new FfmpegRun(options.Ffmpeg, time), probe, options.Render with { Workers = Math.Max(1, options.Workers) });
        return task.Kind == CompositionTasks.Plan
            ? await tasks.PlanAsync(task.Spec.Kind, task.Spec.Parameters, cancellationToken)
            : await tasks.RunAsync(task.Kind, ReadNumber(task.Payload), scratch, progress, cancellationToken);
    }

    private async Task<TaskProducts> TranscribeAsync(StoredRecordingFiles files, QueuedTask task, DirectoryInfo scratch, IProgress<double> progress, CancellationToken cancellationToken)
    {
        var tasks = new TranscriptTasks(
            files,
            JobFiles.WorkPrefix("", task.JobId),
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
