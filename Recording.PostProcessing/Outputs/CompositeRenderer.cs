using System.Globalization;
using System.Text;
using Recording.Model;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Layout;

namespace Recording.PostProcessing.Outputs;

/// <summary>The stations of a composite: pieces of picture, the mixed sound, the join; each needs only files and the plan, so that any worker can do it.</summary>
/// <param name="run">Runs FFmpeg.</param>
/// <param name="probe">What FFmpeg can do.</param>
/// <param name="options">How to render; the same for all chunks of a job.</param>
public sealed class CompositeRenderer(FfmpegRun run, FfmpegProbe probe, RenderOptions options)
{
    /// <summary>Renders the pieces of a chunk into <paramref name="scratch"/>, under <see cref="PlannedPiece.FileName"/>.</summary>
    /// <param name="plan">The composition.</param>
    /// <param name="chunk">Which part.</param>
    /// <param name="media">Track id -> at least the chunk's part of the track; a track without pictures is left out.</param>
    /// <param name="scratch">Where to work.</param>
    /// <param name="progress">0..1.</param>
    /// <param name="background">The picture behind everything; null = none.</param>
    /// <param name="captions">To be drawn into the picture, in recording time.</param>
    /// <param name="cancellationToken">Kills FFmpeg.</param>
    /// <exception cref="RecordingException">3002: an encoder is missing. 4003: FFmpeg failed, or made another number of frames than asked.</exception>
    public async Task<IReadOnlyList<RenderedPiece>> RenderChunkAsync(
        CompositionPlan plan,
        PlannedChunk chunk,
        IReadOnlyDictionary<string, TrackPictures> media,
        DirectoryInfo scratch,
        IProgress<double>? progress = null,
        PictureFile? background = null,
        IReadOnlyList<WebVttCue>? captions = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(chunk);
        probe.RequireEncoders(plan.Settings.Output.VideoEncoder!);
        FileInfo font = await FontFile.FindAsync(cancellationToken);
        SceneStyle style = SceneStyle.Of(plan, options.Labels) with { BackgroundInput = background?.InputArguments() ?? [] };
        int atOnce = chunk.Pieces.Any(piece => piece.Regions.Count > PieceEncoder.MostThreadedTiles) ? 1 : Math.Min(options.PiecesAtOnce, chunk.Pieces.Count);
        RenderOptions each = options with { EncoderThreads = Math.Max(1, options.EncoderThreads / Math.Max(1, atOnce)) };
        var pieces = new RenderedPiece[chunk.Pieces.Count];
        var done = new ChunkProgress(chunk, progress);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, pieces.Length),
            new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, atOnce), CancellationToken = cancellationToken },
            async (i, stop) =>
            {
                // A folder for each: files that graphs name are named alike.
                DirectoryInfo folder = scratch.CreateSubdirectory($"piece-{chunk.Pieces[i].Number}");
                font.CopyTo(Path.Combine(folder.FullName, SceneGraph.FontName), overwrite: true);
                pieces[i] = await RenderPieceAsync(plan, chunk.Pieces[i], style, media, captions ?? [], each, folder, done.Of(i), stop);
                string name = chunk.Pieces[i].FileName(plan.Settings.Output.PieceExtension);
                File.Move(Path.Combine(folder.FullName, name), Path.Combine(scratch.FullName, name), overwrite: true);
                folder.Delete(recursive: true);
                done.Complete(i);
            });
        return pieces;
    }

    /// <summary>Mixes the sound of the whole output.</summary>
    /// <param name="plan">The composition.</param>
    /// <param name="tracks">What is heard; none = silence.</param>
    /// <param name="output">Made or replaced, in the container of the format's sound.</param>
    /// <param name="progress">0..1.</param>
    /// <param name="cancellationToken">Kills FFmpeg.</param>
    public async Task<FileInfo> RenderAudioAsync(
        CompositionPlan plan,
        IReadOnlyList<AudioSource> tracks,
        FileInfo output,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(output);
        OutputFormat format = plan.Settings.Output;
        probe.RequireEncoders(format.AudioEncoder);
        var graph = new FileInfo(output.FullName + ".graph");
        string[] arguments =
        [
            .. AudioGraph.Inputs(tracks),
            .. await GraphFile.WriteAsync(probe, AudioGraph.Filter(tracks, plan.Spans, plan.DurationUs, plan.Silent), graph, cancellationToken),
            "-map", "[out]", "-map_metadata", "-1", .. PieceEncoder.Audio(format, options), "-y", "file:" + output.FullName,
        ];
        var report = new DirectProgress<FfmpegProgress>(value => progress?.Report(value.Fraction));
        await run.RunAsync(arguments, output.Directory!, Duration(plan), report, cancellationToken);
        graph.Delete();
        return output;
    }

    /// <summary>Joins all pieces and the sound without encoding again; the result is probed before it is returned, and has to be decoded once before it is published.</summary>
    /// <param name="plan">The composition.</param>
    /// <param name="scratch">Holds all pieces.</param>
    /// <param name="audio">The mixed sound.</param>
    /// <param name="captions">A subtitle stream in output time; null = none.</param>
    /// <param name="output">Made or replaced.</param>
    /// <param name="cancellationToken">Kills FFmpeg.</param>
    /// <exception cref="RecordingException">4003: FFmpeg failed. 4005: the result is not what was planned.</exception>
    public async Task<FfprobeReport> JoinAsync(
        CompositionPlan plan,
        DirectoryInfo scratch,
        FileInfo audio,
        FileInfo output,
        FileInfo? captions = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(output);
        OutputFormat format = plan.Settings.Output;
        var list = new StringBuilder("ffconcat version 1.0\n");
        foreach (PlannedPiece piece in plan.Pieces())
        {
            // The stated length places the next piece on the frame grid; lengths of containers would drift.
            list.Append(CultureInfo.InvariantCulture, $"file {piece.FileName(format.PieceExtension)}\nduration {(double)piece.FrameCount / plan.Settings.FrameRate:0.000000}\n");
        }

        await File.WriteAllTextAsync(Path.Combine(scratch.FullName, "join.txt"), list.ToString(), cancellationToken);
        (string[] inputs, string[] maps) = await ExtrasAsync(plan, scratch, captions, cancellationToken);
        string[] arguments =
        [
            "-f", "concat", "-safe", "0", "-i", "join.txt", "-i", "file:" + audio.FullName,
            .. inputs,
            "-map", "0:v:0", "-map", "1:a:0", "-c:v", "copy", "-c:a", "copy", .. maps,
            .. ContainerArguments(format), "-y", "file:" + output.FullName,
        ];
        await run.RunAsync(arguments, scratch, Duration(plan), cancellationToken: cancellationToken);
        FfprobeReport report = await FfprobeReport.ReadAsync(run, output, countPackets: true, cancellationToken);
        OutputCheck.Composite(plan, report);
        return report;
    }

    /// <summary>Puts a copied track and the sound into one file: pictures keep their own times and size.</summary>
    public async Task<FfprobeReport> CopyAsync(
        CompositionPlan plan,
        DirectoryInfo scratch,
        FileInfo video,
        FileInfo audio,
        FileInfo output,
        FileInfo? captions = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(output);
        (string[] inputs, string[] maps) = await ExtrasAsync(plan, scratch, captions, cancellationToken);
        string[] arguments =
        [
            "-copyts", "-f", "matroska", "-i", "file:" + video.FullName, "-i", "file:" + audio.FullName,
            .. inputs,
            "-map", "0:v:0", "-map", "1:a:0", "-c:v", "copy", "-c:a", "copy", .. maps, "-avoid_negative_ts", "disabled",
            .. ContainerArguments(plan.Settings.Output), "-y", "file:" + output.FullName,
        ];
        await run.RunAsync(arguments, scratch, Duration(plan), cancellationToken: cancellationToken);
        FfprobeReport report = await FfprobeReport.ReadAsync(run, output, countPackets: true, cancellationToken);
        OutputCheck.Copy(plan, report);
        return report;
    }

    private static string[] ContainerArguments(OutputFormat format) =>
        format.IsWebm ? ["-f", "webm"] : ["-movflags", "+faststart", "-video_track_timescale", "90000", "-f", "mp4"];

    // Chapters and subtitles are inputs 2 and 3, or 2 alone.
    private static async Task<(string[] Inputs, string[] Maps)> ExtrasAsync(CompositionPlan plan, DirectoryInfo scratch, FileInfo? captions, CancellationToken cancellationToken)
    {
        List<string> inputs = [];
        List<string> maps = [];
        if (captions is not null)
        {
            string named = Path.Combine(scratch.FullName, "named-captions.vtt");
            await File.WriteAllTextAsync(named, WebVtt.Write(WebVtt.WithNames(WebVtt.Read(await File.ReadAllTextAsync(captions.FullName, cancellationToken)))), cancellationToken);
            inputs.AddRange(["-f", "webvtt", "-i", "file:" + named]);
            maps.AddRange(["-map", "2:s:0", "-c:s", plan.Settings.Output.IsWebm ? "webvtt" : "mov_text"]);
        }

        if (plan.Chapters.Count == 0)
        {
            maps.AddRange(["-map_metadata", "-1"]);
        }
        else
        {
            // No metadata at all would take the chapters' titles as well, which leaves a file that readers complain of: the chapters' file has no other.
            string index = captions is null ? "2" : "3";
            string file = Path.Combine(scratch.FullName, "chapters.txt");
            await File.WriteAllTextAsync(file, ChapterList.ToMetadata(plan.Chapters), cancellationToken);
            maps.AddRange(["-map_chapters", index, "-map_metadata", index]);
            inputs.AddRange(["-f", "ffmetadata", "-i", "file:" + file]);
        }

        return ([.. inputs], [.. maps]);
    }

    private async Task<RenderedPiece> RenderPieceAsync(
        CompositionPlan plan,
        PlannedPiece piece,
        SceneStyle style,
        IReadOnlyDictionary<string, TrackPictures> media,
        IReadOnlyList<WebVttCue> captions,
        RenderOptions how,
        DirectoryInfo scratch,
        IProgress<FfmpegProgress> progress,
        CancellationToken cancellationToken)
    {
        Canvas canvas = plan.Settings.Canvas;
        OutputFormat format = plan.Settings.Output;
        Dictionary<string, TrackSlice> slices = await SliceAsync(piece, media, canvas, scratch, cancellationToken);
        IReadOnlyList<WebVttCue> shown = CuesOf(piece, captions, canvas.FrameRate);
        SceneGraph graph = SceneGraph.Build(piece, style with { Captions = shown.Count > 0 }, slices);
        foreach ((string file, string text) in graph.Texts)
        {
            await File.WriteAllTextAsync(Path.Combine(scratch.FullName, file), text, cancellationToken);
        }

        foreach ((string file, byte[] pixels) in graph.Images)
        {
            await File.WriteAllBytesAsync(Path.Combine(scratch.FullName, file), pixels, cancellationToken);
        }

        if (shown.Count > 0)
        {
            await File.WriteAllTextAsync(Path.Combine(scratch.FullName, SceneGraph.CaptionsName), WebVtt.Write(WebVtt.WithNames(shown)), cancellationToken);
        }

        string name = piece.FileName(format.PieceExtension);
        string[] arguments =
        [
            "-copyts", "-filter_complex_threads", PieceEncoder.FilterThreads(piece, how).ToString(CultureInfo.InvariantCulture),
            .. graph.Inputs,
            .. await GraphFile.WriteAsync(probe, graph.Filter, new FileInfo(Path.Combine(scratch.FullName, "graph.txt")), cancellationToken),
            "-map", "[out]", "-an", "-fps_mode", "passthrough", "-frames:v", piece.FrameCount.ToString(CultureInfo.InvariantCulture),
            .. PieceEncoder.Video(format, canvas, how), "-y", name,
        ];
        await run.RunAsync(arguments, scratch, TimeSpan.FromSeconds((double)piece.FrameCount / canvas.FrameRate), progress, cancellationToken);
        var made = new FileInfo(Path.Combine(scratch.FullName, name));
        if (!format.IsWebm)
        {
            await TransportStream.PadAsync(made, cancellationToken);
        }

        FfprobeReport report = await FfprobeReport.ReadAsync(run, made, countPackets: true, cancellationToken);
        if (report.Video?.Packets != piece.FrameCount)
        {
            throw new RecordingException(
                RecordingErrorCode.FinalizationFailed,
                $"piece {piece.Number} has {report.Video?.Packets ?? 0} frames, {piece.FrameCount} were planned");
        }

        return new RenderedPiece(piece.Number, report.Video.ExtradataHash);
    }

    private static async Task<Dictionary<string, TrackSlice>> SliceAsync(
        PlannedPiece piece, IReadOnlyDictionary<string, TrackPictures> media, Canvas canvas, DirectoryInfo scratch, CancellationToken cancellationToken)
    {
        Dictionary<string, TrackSlice> slices = new(StringComparer.Ordinal);
        foreach (string trackId in piece.Regions.Select(region => region.TrackId).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (media.TryGetValue(trackId, out TrackPictures? source))
            {
                var file = new FileInfo(Path.Combine(scratch.FullName, $"slice-{slices.Count}.mkv"));
                long? entryUs = await Task.Run(() => MatroskaScan.Slice(source.File, piece.RecordingUs, piece.EndUs(canvas.FrameRate), file), cancellationToken);
                if (entryUs is { } entry)
                {
                    slices.Add(trackId, new TrackSlice(file, entry / 1e6) { Turns = source.Turns });
                }
            }
        }

        return slices;
    }

    // In the piece's own time.
    private static IReadOnlyList<WebVttCue> CuesOf(PlannedPiece piece, IReadOnlyList<WebVttCue> captions, int frameRate)
    {
        long endUs = piece.EndUs(frameRate);
        return piece.IsPause ? [] : [.. captions
            .Where(cue => cue.EndUs > piece.RecordingUs && cue.StartUs < endUs)
            .Select(cue => cue with { StartUs = Math.Max(0, cue.StartUs - piece.RecordingUs), EndUs = cue.EndUs - piece.RecordingUs })];
    }

    private static TimeSpan Duration(CompositionPlan plan) => TimeSpan.FromMicroseconds(plan.DurationUs);
}
