using Recording.Model;
using Recording.PostProcessing.Ffmpeg;

namespace Recording.PostProcessing.Outputs;

/// <summary>Composes a recording from a folder copied from the bucket, with no service: the same tasks as a job's, on workers of this process.</summary>
/// <param name="ffmpeg">Which FFmpeg.</param>
/// <param name="options">How to render.</param>
/// <param name="time">Measures time left and silence.</param>
public sealed class OfflineComposer(FfmpegOptions ffmpeg, RenderOptions options, TimeProvider time)
{
    private const string WorkPrefix = "work/";
    private const string JobId = "offline";

    /// <summary>With default options.</summary>
    public OfflineComposer()
        : this(new FfmpegOptions(), new RenderOptions(), TimeProvider.System)
    {
    }

    /// <summary>Where to work; null = the system's temporary folder.</summary>
    public string? ScratchRoot { get; init; }

    /// <summary>Composes.</summary>
    /// <param name="recording">The folder that holds metadata.json; it is only read.</param>
    /// <param name="settings">What to make.</param>
    /// <param name="output">Made or replaced, as a whole or not at all: a file, or the folder of an HLS package or of speakers' files. What goes with it
    /// (thumbnails, waveforms, chapters, captions) is put into a folder beside it, whose name ends in <c>.files</c>.</param>
    /// <param name="progress">Told several times a second; null = nobody asks.</param>
    /// <param name="inputs">Files that are not the recording's.</param>
    /// <param name="cancellationToken">Kills FFmpeg and removes what was begun.</param>
    /// <exception cref="RecordingException">1003, 2004, 3002, 4003, 4004, 4005 as its tasks say.</exception>
    public async Task<CompositionResult> ComposeAsync(
        DirectoryInfo recording,
        CompositionSettings settings,
        FileInfo output,
        IProgress<CompositionProgress>? progress = null,
        OfflineInputs? inputs = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(output);
        OfflineDelivery.Check(settings.Validated(), output);
        using ScratchDirectory made = ScratchDirectory.Create(ScratchRoot);
        if (inputs?.BackgroundImage is { } image)
        {
            settings = settings with { BackgroundImage = TakeIn(image, made, "input-background") };
        }

        if (inputs?.Captions is { } captions)
        {
            settings = settings with { Captions = TakeIn(captions, made, "input-captions.vtt") };
        }

        TaskProducts products = await RunAsync(recording, made.Directory, CompositionTasks.ComposeJob, settings.Validated().ToJson(), progress, cancellationToken);
        var delivery = new OfflineDelivery(new DirectoryInfo(Path.Combine(made.Directory.FullName, CompositionTasks.OutputFolder(settings, JobId))), output);
        return delivery.Deliver(settings, [.. products.Outputs.Where(file => file.Kind != "track")]) with { Skipped = products.Skipped };
    }

    /// <summary>Makes a media file of each track.</summary>
    /// <param name="recording">The folder that holds metadata.json; it is only read.</param>
    /// <param name="output">Gets <c>processed/tracks/*.mkv</c>, or .webm or .ogg; may be the recording's own folder.</param>
    /// <param name="settings">In which container; null = Matroska.</param>
    /// <param name="progress">Told several times a second; null = nobody asks.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The files, and tracks of which there is none.</returns>
    /// <exception cref="RecordingException">2004, 4003, 4004 as its tasks say. 3002: the container takes none of the recording's codecs.</exception>
    public async Task<TaskProducts> RemuxAsync(
        DirectoryInfo recording,
        DirectoryInfo output,
        RemuxSettings? settings = null,
        IProgress<CompositionProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        using ScratchDirectory made = ScratchDirectory.Create(ScratchRoot);
        string parameters = (settings ?? RemuxSettings.Default).ToJson();
        TaskProducts products = await RunAsync(recording, made.Directory, CompositionTasks.RemuxJob, parameters, progress, cancellationToken);
        OfflineDelivery.Place([.. products.Outputs.Select(file => (made.File(file.File), new FileInfo(Path.Combine(output.FullName, file.File))))]);
        return products;
    }

    private static string TakeIn(FileInfo file, ScratchDirectory made, string name)
    {
        if (!file.Exists)
        {
            throw new RecordingException(RecordingErrorCode.NotFound, $"{file.FullName} does not exist");
        }

        file.CopyTo(made.File(name).FullName, overwrite: true);
        return name;
    }

    private async Task<TaskProducts> RunAsync(
        DirectoryInfo recording,
        DirectoryInfo made,
        string kind,
        string parameters,
        IProgress<CompositionProgress>? progress,
        CancellationToken cancellationToken)
    {
        FfmpegProbe probe = await FfmpegProbe.RunAsync(ffmpeg, time, cancellationToken);
        var files = new DirectoryRecordingFiles(recording, made);
        var tasks = new CompositionTasks(files, WorkPrefix, JobId, new FfmpegRun(ffmpeg, time), probe, options);
        TaskProducts plan = await tasks.PlanAsync(kind, parameters, cancellationToken);
        return await new TaskPool(tasks, plan.Tasks, options.Workers, ScratchRoot, time).RunAsync(progress, cancellationToken);
    }
}
