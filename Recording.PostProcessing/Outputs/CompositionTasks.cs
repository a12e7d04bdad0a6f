using System.Text;
using System.Text.Json;
using Recording.Model;
using Recording.Model.Documents;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Timeline;

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

    /// <summary>Joins pictures and sound, and publishes.</summary>
    public const string Join = "join";

    /// <summary>Kind of a job that makes one picture of all tracks.</summary>
    public const string ComposeJob = "compose";

    /// <summary>Kind of a job that only makes a media file of each track.</summary>
    public const string RemuxJob = "remux";

    private const string PlanFile = "plan.json";
    private readonly CompositeRenderer _renderer = new(run, probe, options);

    /// <summary>Runs the task <c>plan</c>: reads the documents and answers the rest of the graph.</summary>
    /// <param name="jobKind"><see cref="ComposeJob"/> or <see cref="RemuxJob"/>.</param>
    /// <param name="parameters">JSON of <see cref="CompositionSettings"/>.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RecordingException">1003: unknown kind or bad parameters. 2004: the recording has not ended. 3002: an encoder is missing. 4004: no metadata.</exception>
    public async Task<TaskProducts> PlanAsync(string jobKind, string parameters, CancellationToken cancellationToken)
    {
        if (jobKind is not (ComposeJob or RemuxJob))
        {
            throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"job kind: expected {ComposeJob} or {RemuxJob}, found {jobKind}");
        }

        CompositionSettings settings = jobKind == ComposeJob ? CompositionSettings.Parse(parameters) : CompositionSettings.Default;
        if (jobKind == ComposeJob)
        {
            probe.RequireEncoders("libx264", "aac");
        }

        CompositionPlan plan = CompositionPlan.Create(await ReadTimelineAsync(cancellationToken), settings, options);
        await files.WriteAsync(workPrefix + PlanFile, Encoding.UTF8.GetBytes(plan.ToJson()), cancellationToken);
        return new TaskProducts(Graph(plan, jobKind), []);
    }

    /// <summary>Runs any other task.</summary>
    /// <param name="kind">remux, render, audio or join.</param>
    /// <param name="number">Which group or chunk.</param>
    /// <param name="scratch">Where to work; empty, and removed by the caller.</param>
    /// <param name="progress">0..1.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<TaskProducts> RunAsync(string kind, int number, DirectoryInfo scratch, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        byte[] json = await files.ReadAsync(workPrefix + PlanFile, cancellationToken)
            ?? throw new RecordingException(RecordingErrorCode.NotFound, $"job {jobId} has no plan any more");
        CompositionPlan plan = CompositionPlan.FromJson(json);
        switch (kind)
        {
            case Remux when number >= 0 && number < plan.Groups.Count:
                return await RemuxAsync(plan, plan.Groups[number], scratch, progress, cancellationToken);
            case Render when number >= 0 && number < plan.Chunks.Count:
                await RenderAsync(plan, plan.Chunks[number], scratch, progress, cancellationToken);
                return TaskProducts.None;
            case Audio:
                await MixAsync(plan, scratch, progress, cancellationToken);
                return TaskProducts.None;
            case Join:
                return await JoinAsync(plan, scratch, progress, cancellationToken);
            default:
                throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"there is no task {kind} {number} in job {jobId}");
        }
    }

    /// <summary>Where the composite goes: the default one has a name that everybody knows.</summary>
    public static string CompositeFile(CompositionSettings settings, string jobId) =>
        settings == CompositionSettings.Default ? "processed/composite.mp4" : $"processed/jobs/{jobId}/composite.{settings.Format}";

    private async Task<RecordedTimeline> ReadTimelineAsync(CancellationToken cancellationToken)
    {
        byte[] metadata = await files.ReadAsync(RecordingDocument.MetadataFile, cancellationToken)
            ?? throw new RecordingException(RecordingErrorCode.NotFound, $"the recording has no {RecordingDocument.MetadataFile}");
        byte[]? timeline = await files.ReadAsync(RecordingDocument.TimelineFile, cancellationToken);
        return RecordedTimelineReader.Read(
            RecordingDocument.ReadMetadata(metadata),
            timeline is null ? null : RecordingDocument.ReadTimeline(timeline));
    }

    private static List<PlannedTask> Graph(CompositionPlan plan, string jobKind)
    {
        double seconds = plan.DurationUs / 1e6;
        List<PlannedTask> tasks = [];
        foreach (RemuxGroup group in plan.Groups)
        {
            tasks.Add(new PlannedTask($"{Remux}-{group.Index}", Remux, group.Index, [Plan], 0.2 + (group.Tracks.Count * seconds * 0.01)));
        }

        if (jobKind == RemuxJob)
        {
            return tasks;
        }

        List<string> joined = [];
        foreach (PlannedChunk chunk in plan.Chunks)
        {
            double work = chunk.Pieces.Sum(piece => piece.FrameCount * (1 + (0.3 * piece.Regions.Count))) / plan.Settings.FrameRate * 0.3;
            joined.Add($"{Render}-{chunk.Index}");
            tasks.Add(new PlannedTask(joined[^1], Render, chunk.Index, [Plan, .. RemuxTasks(plan, chunk.TrackIds())], 0.2 + work));
        }

        joined.Add(Audio);
        tasks.Add(new PlannedTask(Audio, Audio, 0, [Plan, .. RemuxTasks(plan, plan.AudioTrackIds)], 0.2 + (seconds * 0.02 * (1 + plan.AudioTrackIds.Count))));
        tasks.Add(new PlannedTask(Join, Join, 0, joined, 0.2 + (seconds * 0.05)));
        return tasks;
    }

    private static IEnumerable<string> RemuxTasks(CompositionPlan plan, IReadOnlyList<string> trackIds) =>
        plan.Groups.Where(group => group.Tracks.Any(track => trackIds.Contains(track.TrackId, StringComparer.Ordinal))).Select(group => $"{Remux}-{group.Index}");

    private async Task<TaskProducts> RemuxAsync(CompositionPlan plan, RemuxGroup group, DirectoryInfo scratch, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var outputs = new TrackOutputs(files, run);
        (IReadOnlyList<RemuxedTrack> tracks, IReadOnlyList<PublishedFile> published) = await outputs.RemuxAsync(plan.OriginUs, group, scratch, progress, cancellationToken);
        await files.WriteAsync(RemuxFile(group.Index), JsonSerializer.SerializeToUtf8Bytes(tracks), cancellationToken);
        return new TaskProducts([], published);
    }

    private async Task RenderAsync(CompositionPlan plan, PlannedChunk chunk, DirectoryInfo scratch, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        IReadOnlyList<TrackMedia> media = await FetchMediaAsync(plan, chunk.TrackIds(), scratch, cancellationToken);
        IReadOnlyList<FileInfo> pieces = await _renderer.RenderChunkAsync(
            plan, chunk, media.ToDictionary(track => track.TrackId, StringComparer.Ordinal), scratch, progress, cancellationToken);
        foreach (FileInfo piece in pieces)
        {
            await files.PublishAsync(piece, workPrefix + piece.Name, cancellationToken);
        }
    }

    private async Task MixAsync(CompositionPlan plan, DirectoryInfo scratch, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        IReadOnlyList<TrackMedia> media = await FetchMediaAsync(plan, plan.AudioTrackIds, scratch, cancellationToken);
        FileInfo audio = await _renderer.RenderAudioAsync(plan, media, scratch, progress, cancellationToken);
        await files.PublishAsync(audio, workPrefix + audio.Name, cancellationToken);
    }

    private async Task<TaskProducts> JoinAsync(CompositionPlan plan, DirectoryInfo scratch, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        foreach (string name in plan.Pieces().Select(piece => piece.File).Append(CompositeRenderer.AudioFile))
        {
            await files.FetchAsync(workPrefix + name, Local(scratch, name), cancellationToken);
        }

        string output = CompositeFile(plan.Settings, jobId);
        FileInfo composite = Local(scratch, "composite." + plan.Settings.Format);
        FfprobeReport report = await _renderer.JoinAsync(plan, scratch, composite, progress, cancellationToken);
        return new TaskProducts([], [await PublishedFile.StoreAsync(files, composite, output, "composite", report.DurationSeconds, cancellationToken)]);
    }

    private async Task<IReadOnlyList<TrackMedia>> FetchMediaAsync(CompositionPlan plan, IReadOnlyList<string> trackIds, DirectoryInfo scratch, CancellationToken cancellationToken)
    {
        HashSet<string> wanted = new(trackIds, StringComparer.Ordinal);
        List<TrackMedia> media = [];
        foreach (RemuxGroup group in plan.Groups.Where(group => group.Tracks.Any(track => wanted.Contains(track.TrackId))))
        {
            byte[] json = await files.ReadAsync(RemuxFile(group.Index), cancellationToken)
                ?? throw new RecordingException(RecordingErrorCode.NotFound, $"the result of remuxing {group.ParticipantId} is not there any more");
            foreach (RemuxedTrack track in JsonSerializer.Deserialize<RemuxedTrack[]>(json) ?? [])
            {
                if (track.File is { } file && wanted.Contains(track.TrackId))
                {
                    FileInfo local = Local(scratch, $"track-{media.Count}.mkv");
                    await files.FetchAsync(file, local, cancellationToken);
                    media.Add(new TrackMedia(track.TrackId, local, track.StartSeconds));
                }
            }
        }

        return media;
    }

    private string RemuxFile(int group) => $"{workPrefix}remux-{group}.json";

    private static FileInfo Local(DirectoryInfo scratch, string name) => new(Path.Combine(scratch.FullName, name));
}
