using System.Text;
using System.Text.Json;
using Recording.Model;
using Recording.Model.Documents;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Timeline;
using Recording.Storage;

namespace Recording.PostProcessing.Outputs;

/// <summary>
/// The tasks of one job, each of which any worker can run: what one leaves for another goes through the recording's files, under
/// <c>workPrefix</c>. Repeatable: a task that runs twice makes the same files.
/// </summary>
/// <param name="files">The recording.</param>
/// <param name="workPrefix">Where tasks leave files for each other, relative to the recording's prefix, with a trailing slash.</param>
/// <param name="jobId">The job.</param>
/// <param name="run">Runs FFmpeg.</param>
/// <param name="probe">What FFmpeg can do.</param>
/// <param name="options">How to render.</param>
public sealed class CompositionTasks(IRecordingFiles files, string workPrefix, string jobId, FfmpegRun run, FfmpegProbe probe, RenderOptions options)
{
    /// <summary>The first task: lays the work out.</summary>
    public const string Plan = "plan";

    /// <summary>Makes media files of a participant's tracks.</summary>
    public const string Remux = "remux";

    /// <summary>Renders the pictures of a chunk.</summary>
    public const string Render = "render";

    /// <summary>Mixes the sound.</summary>
    public const string Audio = "audio";

    /// <summary>Makes a file of one speaker's sound.</summary>
    public const string Speaker = "speaker";

    /// <summary>Draws one speaker's sound.</summary>
    public const string Waveform = "waveform";

    /// <summary>Joins pictures and sound, and publishes.</summary>
    public const string Join = "join";

    /// <summary>Kind of a job that makes one picture of all tracks.</summary>
    public const string ComposeJob = DefaultComposition.JobKind;

    /// <summary>Kind of a job that only makes a media file of each track.</summary>
    public const string RemuxJob = "remux";

    private const string PlanFile = "plan.json";
    private readonly CompositeRenderer _renderer = new(run, probe, options);

    /// <summary>Runs the task <c>plan</c>: reads the documents and answers the rest of the graph.</summary>
    /// <param name="jobKind"><see cref="ComposeJob"/> or <see cref="RemuxJob"/>.</param>
    /// <param name="parameters">JSON of <see cref="CompositionSettings"/> or <see cref="RemuxSettings"/>.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RecordingException">1003: unknown kind or bad parameters. 2004: the recording has not ended. 3002: an encoder is missing, or no track fits the container. 4004: no metadata.</exception>
    public async Task<TaskProducts> PlanAsync(string jobKind, string parameters, CancellationToken cancellationToken)
    {
        if (jobKind is not (ComposeJob or RemuxJob))
        {
            throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"job kind: expected {ComposeJob} or {RemuxJob}, found {jobKind}");
        }

        CompositionPlan plan;
        if (jobKind == RemuxJob)
        {
            RemuxSettings asked = RemuxSettings.Parse(parameters);
            plan = CompositionPlan.CreateRemux(await ReadTimelineAsync(cancellationToken), asked, options);
        }
        else
        {
            CompositionSettings settings = CompositionSettings.Parse(parameters);
            probe.RequireEncoders([.. settings.Output.Encoders, .. settings.Thumbnails ? ["mjpeg"] : Array.Empty<string>(), .. settings.Waveforms ? ["png"] : Array.Empty<string>()]);
            await ReadCaptionsAsync(settings, cancellationToken);
            plan = CompositionPlan.Create(await ReadTimelineAsync(cancellationToken), settings, options);
        }

        await files.WriteAsync(workPrefix + PlanFile, Encoding.UTF8.GetBytes(plan.ToJson()), cancellationToken);
        return new TaskProducts(TaskGraph.Of(plan, jobKind), []);
    }

    /// <summary>Runs any other task.</summary>
    /// <param name="kind">remux, render, audio, speaker, waveform or join.</param>
    /// <param name="number">Which group, chunk or speaker.</param>
    /// <param name="scratch">Where to work; empty, and removed by the caller.</param>
    /// <param name="progress">0..1.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<TaskProducts> RunAsync(string kind, int number, DirectoryInfo scratch, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        byte[] json = await files.ReadAsync(workPrefix + PlanFile, cancellationToken)
            ?? throw new RecordingException(RecordingErrorCode.NotFound, $"job {jobId} has no plan any more");
        CompositionPlan plan = CompositionPlan.FromJson(json);
        var media = new TaskMedia(files, workPrefix, plan, scratch);
        switch (kind)
        {
            case Remux when number >= 0 && number < plan.Groups.Count:
                return await RemuxAsync(plan, plan.Groups[number], scratch, progress, cancellationToken);
            case Render when number >= 0 && number < plan.Chunks.Count:
                if ((await SettleAsync(plan, media, cancellationToken)).CopiedTrackId is not null)
                {
                    return TaskProducts.None;
                }

                IReadOnlyList<RenderedPiece> pieces = await RenderAsync(plan, plan.Chunks[number], scratch, progress, cancellationToken);
                await files.WriteAsync(ChunkFile(number), JsonSerializer.SerializeToUtf8Bytes(pieces), cancellationToken);
                return TaskProducts.None;
            case Audio:
                FileInfo audio = await _renderer.RenderAudioAsync(plan, await media.SoundAsync(plan.AudioTrackIds, cancellationToken), Local(scratch, AudioFile(plan)), progress, cancellationToken);
                await files.PublishAsync(audio, workPrefix + audio.Name, cancellationToken);
                return TaskProducts.None;
            case Speaker when number >= 0 && number < plan.Speakers.Count:
                return await SpeakAsync(plan, plan.Speakers[number], media, scratch, progress, cancellationToken);
            case Waveform when number >= 0 && number < plan.Speakers.Count:
                return await DrawAsync(plan, plan.Speakers[number], media, scratch, progress, cancellationToken);
            case Join:
                plan = await SettleAsync(plan, media, cancellationToken);
                return await new CompositionPublisher(files, run, _renderer, OutputFolder(plan.Settings, jobId)).PublishAsync(
                    plan, scratch, await GatherAsync(plan, media, scratch, cancellationToken), progress, cancellationToken);
            default:
                throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"there is no task {kind} {number} in job {jobId}");
        }
    }

    /// <summary>Where the outputs go: those of the default composition have names that everybody knows.</summary>
    public static string OutputFolder(CompositionSettings settings, string jobId) =>
        settings == CompositionSettings.Default ? RecordingKeys.Processed("") : RecordingKeys.Job("", jobId);

    private static string AudioFile(CompositionPlan plan) => plan.Settings.Format switch
    {
        "webm" => "audio.mka",
        "mp3" => "audio.mp3",
        _ => "audio.m4a",
    };

    // How a camera was held is known behind the remux only.
    private static async Task<CompositionPlan> SettleAsync(CompositionPlan plan, TaskMedia media, CancellationToken cancellationToken) =>
        plan.CopiedTrackId is { } trackId && !(await media.RemuxedAsync([trackId], cancellationToken)).Single().CanBeCopied(plan.Settings.Output)
            ? plan with { CopiedTrackId = null }
            : plan;

    private async Task<RecordedTimeline> ReadTimelineAsync(CancellationToken cancellationToken)
    {
        byte[] metadata = await files.ReadAsync(RecordingDocument.MetadataFile, cancellationToken)
            ?? throw new RecordingException(RecordingErrorCode.NotFound, $"the recording has no {RecordingDocument.MetadataFile}");
        byte[]? timeline = await files.ReadAsync(RecordingDocument.TimelineFile, cancellationToken);
        return RecordedTimelineReader.Read(
            RecordingDocument.ReadMetadata(metadata),
            timeline is null ? null : RecordingDocument.ReadTimeline(timeline));
    }

    private async Task<IReadOnlyList<WebVttCue>> ReadCaptionsAsync(CompositionSettings settings, CancellationToken cancellationToken)
    {
        if (settings.Captions.Length == 0)
        {
            return [];
        }

        byte[] text = await files.ReadAsync(settings.Captions, cancellationToken)
            ?? throw new RecordingException(RecordingErrorCode.NotFound, $"captions: the recording has no {settings.Captions}");
        return WebVtt.Read(Encoding.UTF8.GetString(text));
    }

    private async Task<TaskProducts> RemuxAsync(CompositionPlan plan, RemuxGroup group, DirectoryInfo scratch, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var outputs = new TrackOutputs(files, workPrefix, run, probe, plan);
        (IReadOnlyList<RemuxedTrack> tracks, IReadOnlyList<PublishedFile> published) = await outputs.RemuxAsync(group, scratch, progress, cancellationToken);
        await files.WriteAsync(TaskMedia.RemuxFile(workPrefix, group.Index), JsonSerializer.SerializeToUtf8Bytes(tracks), cancellationToken);
        return new TaskProducts([], published) { Skipped = [.. tracks.Where(track => track.Problem.Length > 0).Select(track => new SkippedTrack(track.TrackId, track.Problem, track.ProblemCode))] };
    }

    private async Task<IReadOnlyList<RenderedPiece>> RenderAsync(CompositionPlan plan, PlannedChunk chunk, DirectoryInfo scratch, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var media = new TaskMedia(files, workPrefix, plan, scratch);
        PictureFile? background = null;
        if (plan.Settings.BackgroundImage is { Length: > 0 } image)
        {
            FileInfo local = Local(scratch, "background");
            await files.FetchAsync(image, local, cancellationToken);
            background = PictureFile.Open(local, image);
        }

        IReadOnlyList<WebVttCue> captions = plan.Settings.BurnsCaptions ? await ReadCaptionsAsync(plan.Settings, cancellationToken) : [];
        IReadOnlyList<RenderedPiece> pieces = await _renderer.RenderChunkAsync(
            plan, chunk, await media.PicturesAsync(chunk, cancellationToken), scratch, progress, background, captions, cancellationToken);
        foreach (PlannedPiece piece in chunk.Pieces)
        {
            string name = piece.FileName(plan.Settings.Output.PieceExtension);
            await files.PublishAsync(Local(scratch, name), workPrefix + name, cancellationToken);
        }

        return pieces;
    }

    private async Task<TaskProducts> SpeakAsync(
        CompositionPlan plan, PlannedSpeaker speaker, TaskMedia media, DirectoryInfo scratch, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        FileInfo sound = await _renderer.RenderAudioAsync(plan, await media.SoundAsync(speaker.TrackIds, cancellationToken), Local(scratch, "speaker.wav"), progress, cancellationToken);
        FfprobeReport report = await FfprobeReport.ReadAsync(run, sound, cancellationToken: cancellationToken);
        OutputCheck.Sound(plan, report);
        await FfprobeReport.RequireDecodableAsync(run, sound, cancellationToken);
        string name = $"{OutputFolder(plan.Settings, jobId)}speakers/{speaker.FileName}.wav";
        return new TaskProducts([], [await PublishedFile.StoreAsync(files, sound, name, "speaker", report.DurationSeconds, cancellationToken)]);
    }

    private async Task<TaskProducts> DrawAsync(
        CompositionPlan plan, PlannedSpeaker speaker, TaskMedia media, DirectoryInfo scratch, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        FileInfo png = Local(scratch, "waveform.png");
        FileInfo peaks = Local(scratch, "peaks.json");
        await new WaveformSet(run, probe).MakeAsync(plan, await media.SoundAsync(speaker.TrackIds, cancellationToken), png, peaks, progress, cancellationToken);
        string folder = $"{OutputFolder(plan.Settings, jobId)}waveforms/{speaker.FileName}";
        double seconds = plan.DurationUs / 1e6;
        return new TaskProducts([],
        [
            await PublishedFile.StoreAsync(files, png, folder + ".png", "waveform", seconds, cancellationToken),
            await PublishedFile.StoreAsync(files, peaks, folder + ".json", "peaks", seconds, cancellationToken),
        ]);
    }

    // Everything that the join needs, in scratch.
    private async Task<CompositionParts> GatherAsync(CompositionPlan plan, TaskMedia media, DirectoryInfo scratch, CancellationToken cancellationToken)
    {
        FileInfo? audio = null;
        if (!plan.Settings.Output.IsPerSpeaker)
        {
            audio = Local(scratch, AudioFile(plan));
            await files.FetchAsync(workPrefix + audio.Name, audio, cancellationToken);
        }

        FileInfo? copied = null;
        if (plan.CopiedTrackId is { } trackId)
        {
            RemuxedTrack track = (await media.RemuxedAsync([trackId], cancellationToken)).Single();
            copied = track.File is null
                ? throw new RecordingException(RecordingErrorCode.UnsupportedCodec, $"track {trackId} cannot be copied: {track.Problem}")
                : await media.WholeAsync(track, cancellationToken);
        }
        else
        {
            await FetchPiecesAsync(plan, scratch, cancellationToken);
        }

        IReadOnlyList<WebVttCue> captions = plan.Settings.BurnsCaptions ? [] : await ReadCaptionsAsync(plan.Settings, cancellationToken);
        return new CompositionParts(audio, copied, captions);
    }

    // Pieces of other workers can only be joined when a decoder is set up for all of them alike: what differs is rendered again, here.
    private async Task FetchPiecesAsync(CompositionPlan plan, DirectoryInfo scratch, CancellationToken cancellationToken)
    {
        Dictionary<int, IReadOnlyList<RenderedPiece>> rendered = [];
        foreach (PlannedChunk chunk in plan.Chunks)
        {
            byte[] json = await files.ReadAsync(ChunkFile(chunk.Index), cancellationToken)
                ?? throw new RecordingException(RecordingErrorCode.NotFound, $"chunk {chunk.Index} of job {jobId} is not there any more");
            rendered[chunk.Index] = JsonSerializer.Deserialize<RenderedPiece[]>(json) ?? [];
        }

        string common = rendered.Values.SelectMany(pieces => pieces).GroupBy(piece => piece.ExtradataHash, StringComparer.Ordinal).MaxBy(group => group.Count())?.Key ?? "";
        string[] accepted = [common];
        foreach (bool second in new[] { false, true })
        {
            foreach (PlannedChunk chunk in plan.Chunks.Where(chunk => rendered[chunk.Index].Any(piece => piece.ExtradataHash != accepted[0])))
            {
                rendered[chunk.Index] = await RenderAsync(plan, chunk, scratch, null, cancellationToken);
            }

            // When even this worker's are different, all of them have to be its own.
            string[] hashes = [.. rendered.Values.SelectMany(pieces => pieces).Select(piece => piece.ExtradataHash).Distinct(StringComparer.Ordinal)];
            if (hashes.Length <= 1)
            {
                break;
            }

            accepted = second
                ? throw new RecordingException(RecordingErrorCode.IntegrityCheckFailed, "pieces rendered by one FFmpeg need different decoders")
                : [.. hashes.Where(hash => hash != common)];
        }

        foreach (PlannedPiece piece in plan.Pieces())
        {
            string name = piece.FileName(plan.Settings.Output.PieceExtension);
            FileInfo local = Local(scratch, name);
            if (!local.Exists)
            {
                await files.FetchAsync(workPrefix + name, local, cancellationToken);
            }
        }
    }

    private string ChunkFile(int chunk) => $"{workPrefix}chunk-{chunk}.json";

    private static FileInfo Local(DirectoryInfo scratch, string name) => new(Path.Combine(scratch.FullName, name));
}
