using System.Text.Json;
using Recording.Grains.Abstractions.Jobs;
using Recording.Grains.Abstractions.Recordings;
using Recording.Model;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.Storage;

namespace Recording.Silo.Processing;

/// <summary>Does the work of one task: between the queue's words (task, payload, result) and post-processing's.</summary>
/// <param name="store">Where recordings are.</param>
/// <param name="probe">What FFmpeg can do.</param>
/// <param name="options">How to work.</param>
/// <param name="time">Measures silence.</param>
internal sealed class TaskRunner(IObjectStore store, FfmpegProbe probe, ProcessingOptions options, TimeProvider time)
{
    /// <summary>Runs it to the end.</summary>
    public async Task<TaskResult> RunAsync(QueuedTask task, IProgress<double> progress, CancellationToken cancellationToken)
    {
        JobSpec spec = task.Spec;
        string workPrefix = JobFiles.WorkPrefix("", task.JobId);
        var files = new StoredRecordingFiles(store, spec.Prefix);
        var tasks = new CompositionTasks(files, workPrefix, task.JobId, new FfmpegRun(options.Ffmpeg, time), probe, options.Render with { Workers = Math.Max(1, options.Workers) });
        using ScratchDirectory scratch = ScratchDirectory.Create(options.ScratchDirectory.Length > 0 ? options.ScratchDirectory : null);
        TaskProducts products = task.Kind == CompositionTasks.Plan
            ? await tasks.PlanAsync(spec.Kind, spec.Parameters, cancellationToken)
            : await tasks.RunAsync(task.Kind, ReadNumber(task.Payload), scratch.Directory, progress, cancellationToken);
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
