using Recording.Model;
using Recording.PostProcessing.Ffmpeg;

namespace Recording.PostProcessing.Outputs;

/// <summary>Composes a recording from a folder copied from the bucket, with no service: the same tasks as a job's, one after another.</summary>
/// <param name="ffmpeg">Which FFmpeg.</param>
/// <param name="options">How to render.</param>
/// <param name="time">Measures time left and silence.</param>
public sealed class OfflineComposer(FfmpegOptions ffmpeg, RenderOptions options, TimeProvider time)
{
    private const string WorkPrefix = "work/";

    /// <summary>With default options.</summary>
    public OfflineComposer()
        : this(new FfmpegOptions(), new RenderOptions(), TimeProvider.System)
    {
    }

    /// <summary>Composes.</summary>
    /// <param name="recording">The folder that holds metadata.json; it is only read.</param>
    /// <param name="settings">What to make.</param>
    /// <param name="output">Made or replaced, as a whole or not at all.</param>
    /// <param name="progress">Told several times a second; null = nobody asks.</param>
    /// <param name="cancellationToken">Kills FFmpeg and removes what was begun.</param>
    /// <exception cref="RecordingException">1003, 2004, 3002, 4003, 4004, 4005 as its tasks say.</exception>
    public async Task<CompositionResult> ComposeAsync(
        DirectoryInfo recording,
        CompositionSettings settings,
        FileInfo output,
        IProgress<CompositionProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        using ScratchDirectory made = ScratchDirectory.Create();
        IReadOnlyList<PublishedFile> published = await RunAsync(recording, made.Directory, CompositionTasks.ComposeJob, settings.ToJson(), progress, cancellationToken);
        PublishedFile composite = published.Single(file => file.Kind == "composite");
        output.Directory!.Create();

        // Copied beside its place first: a scratch folder is often on another file system, where a move is not one step.
        var partial = new FileInfo(output.FullName + ".partial");
        try
        {
            File.Copy(Path.Combine(made.Directory.FullName, composite.File), partial.FullName, overwrite: true);
            partial.MoveTo(output.FullName, overwrite: true);
        }
        catch (IOException)
        {
            partial.Delete();
            throw;
        }

        return new CompositionResult(new FileInfo(output.FullName), composite.DurationSeconds, composite.Bytes, composite.Sha256);
    }

    /// <summary>Makes a Matroska file of each track.</summary>
    /// <param name="recording">The folder that holds metadata.json; it is only read.</param>
    /// <param name="output">Gets <c>processed/tracks/*.mkv</c>; may be the recording's own folder.</param>
    /// <param name="progress">Told several times a second; null = nobody asks.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<IReadOnlyList<PublishedFile>> RemuxAsync(
        DirectoryInfo recording,
        DirectoryInfo output,
        IProgress<CompositionProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        using ScratchDirectory made = ScratchDirectory.Create();
        IReadOnlyList<PublishedFile> published = await RunAsync(recording, made.Directory, CompositionTasks.RemuxJob, "", progress, cancellationToken);
        foreach (PublishedFile file in published)
        {
            var target = new FileInfo(Path.Combine(output.FullName, file.File));
            target.Directory!.Create();
            File.Copy(Path.Combine(made.Directory.FullName, file.File), target.FullName, overwrite: true);
        }

        return published;
    }

    private async Task<IReadOnlyList<PublishedFile>> RunAsync(
        DirectoryInfo recording,
        DirectoryInfo made,
        string kind,
        string parameters,
        IProgress<CompositionProgress>? progress,
        CancellationToken cancellationToken)
    {
        FfmpegProbe probe = await FfmpegProbe.RunAsync(ffmpeg, time, cancellationToken);
        var files = new DirectoryRecordingFiles(recording, made);
        var tasks = new CompositionTasks(files, WorkPrefix, "offline", new FfmpegRun(ffmpeg, time), probe, options);
        long started = time.GetTimestamp();
        List<PublishedFile> published = [];
        TaskProducts plan = await tasks.PlanAsync(kind, parameters, cancellationToken);
        double whole = plan.Tasks.Sum(task => task.Weight);
        double done = 0;
        foreach (PlannedTask task in plan.Tasks)
        {
            using ScratchDirectory scratch = ScratchDirectory.Create();
            double before = done;
            var taskProgress = new DirectProgress<double>(fraction => Report(progress, (before + (fraction * task.Weight)) / whole, started, task.TaskId));
            TaskProducts products = await tasks.RunAsync(task.Kind, task.Number, scratch.Directory, taskProgress, cancellationToken);
            published.AddRange(products.Outputs);
            done += task.Weight;
            Report(progress, done / whole, started, task.TaskId);
        }

        return published;
    }

    private void Report(IProgress<CompositionProgress>? progress, double fraction, long started, string task)
    {
        TimeSpan? left = fraction > 0.01 ? time.GetElapsedTime(started) * ((1 - fraction) / fraction) : null;
        progress?.Report(new CompositionProgress(Math.Min(1, fraction), left, task));
    }
}
