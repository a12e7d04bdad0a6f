using System.Text;
using System.Text.Json;
using Recording.Media.Remuxing;
using Recording.Model;
using Recording.Model.Documents;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Timeline;

namespace Recording.PostProcessing.Transcript;

/// <summary>
/// The tasks of a transcript: each track with sound is heard by itself, so that speakers are known, and then all are merged. A job of its own: when no
/// transcriber answers, nothing else is lost. What a transcriber answered is kept between attempts and not asked again.
/// </summary>
/// <param name="files">The recording.</param>
/// <param name="workPrefix">Where tasks leave files for each other, relative to the recording's prefix, with a trailing slash.</param>
/// <param name="run">Runs FFmpeg.</param>
/// <param name="transcriber">Who listens.</param>
/// <param name="longestPieceSeconds">Longest piece sent at once.</param>
public sealed class TranscriptTasks(IRecordingFiles files, string workPrefix, FfmpegRun run, ITranscriber transcriber, double longestPieceSeconds)
{
    /// <summary>Kind of the job.</summary>
    public const string TranscriptJob = "transcript";

    /// <summary>Listens to one track.</summary>
    public const string Listen = "listen";

    /// <summary>Merges what was heard, and publishes.</summary>
    public const string Merge = "merge";

    /// <summary>For programs.</summary>
    public const string JsonFile = "processed/transcript.json";

    /// <summary>For a composition's captions, in recording time.</summary>
    public const string VttFile = "processed/transcript.vtt";

    private const string PlanFile = "transcript-plan.json";

    /// <summary>Reads the documents and answers the rest of the graph.</summary>
    /// <exception cref="RecordingException">1003: bad parameters. 2004: the recording has not ended. 4004: no metadata.</exception>
    public async Task<TaskProducts> PlanAsync(string parameters, CancellationToken cancellationToken)
    {
        TranscriptSettings settings = TranscriptSettings.Parse(parameters);
        byte[] json = await files.ReadAsync(RecordingDocument.MetadataFile, cancellationToken)
            ?? throw new RecordingException(RecordingErrorCode.NotFound, $"the recording has no {RecordingDocument.MetadataFile}");
        MetadataDocument metadata = RecordingDocument.ReadMetadata(json);
        byte[]? events = await files.ReadAsync(RecordingDocument.TimelineFile, cancellationToken);
        RecordedTimeline timeline = RecordedTimelineReader.Read(metadata, events is null ? null : RecordingDocument.ReadTimeline(events));
        Dictionary<string, string> names = timeline.Participants.ToDictionary(participant => participant.ParticipantId, participant => participant.DisplayName, StringComparer.Ordinal);
        var plan = new TranscriptPlan
        {
            RecordingId = timeline.RecordingId,
            OriginUs = timeline.OriginUs,
            DurationUs = timeline.DurationUs,
            Settings = settings,
            Tracks =
            [
                .. timeline.Tracks.Where(track => track.IsAudio)
                    .Select(track => new TranscriptPlan.ListenedTrack(track.TrackId, track.ParticipantId, names.GetValueOrDefault(track.ParticipantId, track.ParticipantId), track.File)),
            ],
        };
        await files.WriteAsync(workPrefix + PlanFile, JsonSerializer.SerializeToUtf8Bytes(plan, TranscriptContext.Default.TranscriptPlan), cancellationToken);
        List<PlannedTask> tasks = [.. plan.Tracks.Select((_, i) => new PlannedTask($"{Listen}-{i}", Listen, i, [CompositionTasks.Plan], 0.5 + (timeline.DurationUs / 1e6 * 0.2)))];
        tasks.Add(new PlannedTask(Merge, Merge, 0, [CompositionTasks.Plan, .. tasks.Select(task => task.TaskId)], 0.2));
        return new TaskProducts(tasks, []);
    }

    /// <summary>Runs any other task.</summary>
    /// <param name="kind">listen or merge.</param>
    /// <param name="number">Which track.</param>
    /// <param name="scratch">Where to work; empty, and removed by the caller.</param>
    /// <param name="progress">0..1.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RecordingException">4003, 1003, 4004: as the transcriber says.</exception>
    public async Task<TaskProducts> RunAsync(string kind, int number, DirectoryInfo scratch, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        byte[] json = await files.ReadAsync(workPrefix + PlanFile, cancellationToken)
            ?? throw new RecordingException(RecordingErrorCode.NotFound, "the job has no plan any more");
        TranscriptPlan plan = JsonSerializer.Deserialize(json, TranscriptContext.Default.TranscriptPlan)!;
        switch (kind)
        {
            case Listen when number >= 0 && number < plan.Tracks.Count:
                HeardTrack heard = await ListenAsync(plan, number, scratch, progress, cancellationToken);
                await files.WriteAsync(HeardFile(number), JsonSerializer.SerializeToUtf8Bytes(heard, TranscriptContext.Default.HeardTrack), cancellationToken);
                return TaskProducts.None;
            case Merge:
                return await MergeAsync(plan, scratch, cancellationToken);
            default:
                throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"there is no task {kind} {number} in a transcript");
        }
    }

    private async Task<HeardTrack> ListenAsync(TranscriptPlan plan, int number, DirectoryInfo scratch, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        TranscriptPlan.ListenedTrack track = plan.Tracks[number];
        (FileInfo? samples, double startSeconds) = await DecodeAsync(plan, track, scratch, cancellationToken);
        if (samples is null)
        {
            return new HeardTrack("", [], new TranscriptTrack { TrackId = track.TrackId, PeerId = track.PeerId, SpeechSeconds = 0, Pieces = 0, Problem = "it holds no sound that can be decoded" });
        }

        IReadOnlyList<SpeechPiece> pieces = await Task.Run(() => WavFile.FindSpeech(samples, longestPieceSeconds, cancellationToken), cancellationToken);
        List<TranscriptSegment> segments = [];
        string language = "";
        for (int i = 0; i < pieces.Count; i++)
        {
            Transcription transcription = await HearAsync(plan, number, samples, pieces[i], cancellationToken);
            language = language.Length > 0 ? language : transcription.Language;
            double offset = startSeconds + ((double)pieces[i].First / SpeechSplitter.SampleRate);
            double length = (double)pieces[i].Count / SpeechSplitter.SampleRate;

            // Recognisers sometimes name times behind the end of what they were given.
            segments.AddRange(transcription.Segments.Where(segment => segment.Start < length).Select(segment => new TranscriptSegment
            {
                Start = Math.Round(offset + segment.Start, 3),
                End = Math.Round(offset + Math.Min(segment.End, length), 3),
                PeerId = track.PeerId,
                Name = track.Name,
                TrackId = track.TrackId,
                Text = segment.Text,
            }));
            progress?.Report((i + 1.0) / pieces.Count);
        }

        double speech = pieces.Sum(piece => (double)piece.Count) / SpeechSplitter.SampleRate;
        return new HeardTrack(language, segments, new TranscriptTrack { TrackId = track.TrackId, PeerId = track.PeerId, SpeechSeconds = Math.Round(speech, 2), Pieces = pieces.Count });
    }

    private async Task<Transcription> HearAsync(TranscriptPlan plan, int number, FileInfo samples, SpeechPiece piece, CancellationToken cancellationToken)
    {
        string kept = $"{workPrefix}heard-{number}-{piece.First}-{piece.Count}.json";
        if (await files.ReadAsync(kept, cancellationToken) is { } known)
        {
            return JsonSerializer.Deserialize(known, TranscriptContext.Default.Transcription)!;
        }

        Transcription transcription = await transcriber.TranscribeAsync(WavFile.Cut(samples, piece), plan.Settings, cancellationToken);
        await files.WriteAsync(kept, JsonSerializer.SerializeToUtf8Bytes(transcription, TranscriptContext.Default.Transcription), cancellationToken);
        return transcription;
    }

    // Raw samples from the track's first moment on, gaps filled with silence so that times stay true.
    private async Task<(FileInfo? Samples, double StartSeconds)> DecodeAsync(TranscriptPlan plan, TranscriptPlan.ListenedTrack track, DirectoryInfo scratch, CancellationToken cancellationToken)
    {
        var source = new FileInfo(Path.Combine(scratch.FullName, "track.rtp"));
        var matroska = new FileInfo(Path.Combine(scratch.FullName, "track.mkv"));
        var samples = new FileInfo(Path.Combine(scratch.FullName, "track.s16"));
        await files.FetchAsync(track.File, source, cancellationToken);
        RemuxResult result = await Task.Run(() => Remux(plan, source, matroska, cancellationToken), cancellationToken);
        int parts = 0;
        List<AudioSection> sections = result.Frames == 0
            ? []
            : await Task.Run(
                () => AudioSection.Divide(
                    matroska, AudioSection.Resumes(result, plan.OriginUs), () => new FileInfo(Path.Combine(scratch.FullName, $"part-{parts++}.mkv"))),
                cancellationToken);
        if (sections.Count == 0)
        {
            return (null, 0);
        }

        var sound = new AudioSource(track.TrackId, sections, []);
        string[] arguments =
        [
            .. AudioGraph.Inputs([sound]), "-filter_complex", AudioGraph.Alone(sound), "-map", "[a0]", "-ac", "1", "-ar", $"{SpeechSplitter.SampleRate}", "-f", "s16le", "-y", samples.Name,
        ];
        await run.RunAsync(arguments, scratch, cancellationToken: cancellationToken);
        return (samples, sections[0].StartSeconds);
    }

    private static RemuxResult Remux(TranscriptPlan plan, FileInfo source, FileInfo matroska, CancellationToken cancellationToken)
    {
        // The input is seekable, so the remuxer estimates the track's clock by itself: captions need not be exact to a frame.
        using FileStream input = source.OpenRead();
        using FileStream output = matroska.Create();
        return TrackRemuxer.Remux(input, output, new RemuxOptions { OriginUs = plan.OriginUs }, cancellationToken);
    }

    private async Task<TaskProducts> MergeAsync(TranscriptPlan plan, DirectoryInfo scratch, CancellationToken cancellationToken)
    {
        List<HeardTrack> heard = [];
        for (int i = 0; i < plan.Tracks.Count; i++)
        {
            byte[] json = await files.ReadAsync(HeardFile(i), cancellationToken)
                ?? throw new RecordingException(RecordingErrorCode.NotFound, $"what was heard on {plan.Tracks[i].TrackId} is not there any more");
            heard.Add(JsonSerializer.Deserialize(json, TranscriptContext.Default.HeardTrack)!);
        }

        var document = new TranscriptDocument
        {
            RecordingId = plan.RecordingId,
            Language = heard.Select(track => track.Language).FirstOrDefault(language => language.Length > 0) ?? "",
            Segments = [.. heard.SelectMany(track => track.Segments).OrderBy(segment => segment.Start).ThenBy(segment => segment.TrackId, StringComparer.Ordinal)],
            Tracks = [.. heard.Select(track => track.Track)],
        };
        double seconds = plan.DurationUs / 1e6;
        return new TaskProducts(
            [],
            [
                await PublishAsync(scratch, JsonSerializer.SerializeToUtf8Bytes(document, TranscriptContext.Default.TranscriptDocument), JsonFile, seconds, cancellationToken),
                await PublishAsync(scratch, Encoding.UTF8.GetBytes(WebVtt.Write(document.Segments)), VttFile, seconds, cancellationToken),
            ]);
    }

    private async Task<PublishedFile> PublishAsync(DirectoryInfo scratch, byte[] content, string name, double seconds, CancellationToken cancellationToken)
    {
        var local = new FileInfo(Path.Combine(scratch.FullName, Path.GetFileName(name)));
        await File.WriteAllBytesAsync(local.FullName, content, cancellationToken);
        return await PublishedFile.StoreAsync(files, local, name, "transcript", seconds, cancellationToken);
    }

    private string HeardFile(int number) => $"{workPrefix}heard-{number}.json";
}
