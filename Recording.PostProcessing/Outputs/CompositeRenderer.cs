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
    /// <summary>Name of the file with the mixed sound.</summary>
    public const string AudioFile = "audio.m4a";

    /// <summary>Renders the pieces of a chunk into <paramref name="scratch"/>, under <see cref="PlannedPiece.File"/>.</summary>
    /// <param name="plan">The composition.</param>
    /// <param name="chunk">Which part.</param>
    /// <param name="media">Remuxed video tracks that have pictures.</param>
    /// <param name="scratch">Where to work.</param>
    /// <param name="progress">0..1.</param>
    /// <param name="cancellationToken">Kills FFmpeg.</param>
    /// <exception cref="RecordingException">3002: an encoder is missing. 4003: FFmpeg failed, or made another number of frames than asked.</exception>
    public async Task<IReadOnlyList<FileInfo>> RenderChunkAsync(
        CompositionPlan plan,
        PlannedChunk chunk,
        IReadOnlyDictionary<string, TrackMedia> media,
        DirectoryInfo scratch,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        probe.RequireEncoders("libx264");
        FileInfo font = await FontFile.FindAsync(cancellationToken);
        font.CopyTo(Path.Combine(scratch.FullName, SceneGraph.FontName), overwrite: true);
        List<FileInfo> files = [];
        long done = 0;
        long total = Math.Max(1, chunk.FrameCount);
        foreach (PlannedPiece piece in chunk.Pieces)
        {
            long before = done;
            var pieceProgress = new DirectProgress<FfmpegProgress>(report => progress?.Report((before + (report.Fraction * piece.FrameCount)) / total));
            files.Add(await RenderPieceAsync(plan, piece, media, scratch, pieceProgress, cancellationToken));
            done += piece.FrameCount;
            progress?.Report((double)done / total);
        }

        return files;
    }

    /// <summary>Mixes the sound of the whole output into <see cref="AudioFile"/>.</summary>
    /// <param name="plan">The composition.</param>
    /// <param name="tracks">Remuxed audio tracks that have sound; none = silence.</param>
    /// <param name="scratch">Where to work.</param>
    /// <param name="progress">0..1.</param>
    /// <param name="cancellationToken">Kills FFmpeg.</param>
    public async Task<FileInfo> RenderAudioAsync(
        CompositionPlan plan,
        IReadOnlyList<TrackMedia> tracks,
        DirectoryInfo scratch,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        probe.RequireEncoders("aac");
        string[] arguments =
        [
            .. AudioGraph.Inputs(tracks),
            "-filter_complex", AudioGraph.Filter(tracks, plan),
            "-map", "[out]", "-c:a", "aac", "-b:a", Number(options.AudioBitrate), "-ar", Number(AudioGraph.SampleRate), "-ac", "2",
            "-map_metadata", "-1", "-y", AudioFile,
        ];
        var report = new DirectProgress<FfmpegProgress>(value => progress?.Report(value.Fraction));
        await run.RunAsync(arguments, scratch, Duration(plan), report, cancellationToken);
        return new FileInfo(Path.Combine(scratch.FullName, AudioFile));
    }

    /// <summary>Joins all pieces and the sound without encoding again; the result is probed and decoded once before it is returned.</summary>
    /// <param name="plan">The composition.</param>
    /// <param name="scratch">Holds all pieces and <see cref="AudioFile"/>.</param>
    /// <param name="output">Made or replaced.</param>
    /// <param name="progress">0..1.</param>
    /// <param name="cancellationToken">Kills FFmpeg.</param>
    /// <exception cref="RecordingException">4003: FFmpeg failed. 4005: the result is not what was planned.</exception>
    public async Task<FfprobeReport> JoinAsync(
        CompositionPlan plan,
        DirectoryInfo scratch,
        FileInfo output,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var list = new StringBuilder("ffconcat version 1.0\n");
        foreach (PlannedPiece piece in plan.Pieces())
        {
            // The stated length places the next piece on the frame grid; lengths of containers would drift.
            list.Append(CultureInfo.InvariantCulture, $"file {piece.File}\nduration {(double)piece.FrameCount / plan.Settings.FrameRate:0.000000}\n");
        }

        await File.WriteAllTextAsync(Path.Combine(scratch.FullName, "join.txt"), list.ToString(), cancellationToken);
        string[] arguments =
        [
            "-f", "concat", "-safe", "0", "-i", "join.txt", "-i", AudioFile,
            "-map", "0:v:0", "-map", "1:a:0", "-c", "copy", "-map_metadata", "-1", "-movflags", "+faststart",
            "-video_track_timescale", "90000", "-f", "mp4", "-y", "file:" + output.FullName,
        ];
        await run.RunAsync(arguments, scratch, Duration(plan), cancellationToken: cancellationToken);
        progress?.Report(0.5);
        FfprobeReport report = await FfprobeReport.ReadAsync(run, output, countPackets: true, cancellationToken);
        Check(plan, report, output.Name);
        string complaints = await FfprobeReport.DecodeAsync(run, output, cancellationToken);
        if (complaints.Length > 0)
        {
            throw new RecordingException(RecordingErrorCode.IntegrityCheckFailed, $"{output.Name} does not decode without error", new ToolFailureException(0, complaints));
        }

        progress?.Report(1);
        return report;
    }

    private async Task<FileInfo> RenderPieceAsync(
        CompositionPlan plan,
        PlannedPiece piece,
        IReadOnlyDictionary<string, TrackMedia> media,
        DirectoryInfo scratch,
        IProgress<FfmpegProgress> progress,
        CancellationToken cancellationToken)
    {
        Canvas canvas = plan.Settings.Canvas;
        SceneGraph graph = SceneGraph.Build(piece, canvas, media, options.Labels);
        foreach ((string file, string text) in graph.Texts)
        {
            await File.WriteAllTextAsync(Path.Combine(scratch.FullName, file), text, cancellationToken);
        }

        string[] arguments =
        [
            "-copyts",
            .. graph.Inputs,
            "-filter_complex", graph.Filter,
            "-map", "[out]", "-an", "-fps_mode", "passthrough", "-frames:v", piece.FrameCount.ToString(CultureInfo.InvariantCulture),
            .. EncoderArguments(canvas),
            "-muxdelay", "0", "-muxpreload", "0", "-f", "mpegts", "-y", piece.File,
        ];
        await run.RunAsync(arguments, scratch, TimeSpan.FromSeconds((double)piece.FrameCount / canvas.FrameRate), progress, cancellationToken);
        var output = new FileInfo(Path.Combine(scratch.FullName, piece.File));
        FfprobeReport report = await FfprobeReport.ReadAsync(run, output, countPackets: true, cancellationToken);
        if (report.Video?.Packets != piece.FrameCount)
        {
            throw new RecordingException(
                RecordingErrorCode.FinalizationFailed,
                $"piece {piece.Number} has {report.Video?.Packets ?? 0} frames, {piece.FrameCount} were planned");
        }

        return output;
    }

    // Whatever could differ between pieces is fixed here: joined streams share one decoder configuration.
    private string[] EncoderArguments(Canvas canvas) =>
    [
        "-c:v", "libx264", "-preset", options.Preset, "-crf", Number(options.Quality), "-profile:v", "high", "-pix_fmt", "yuv420p",
        "-threads", Number(options.EncoderThreads), "-g", Number(canvas.FrameRate * 2), "-bf", "2",
        "-x264-params", "scenecut=0:open-gop=0:b-adapt=0",
        "-colorspace", "smpte170m", "-color_primaries", "smpte170m", "-color_trc", "smpte170m", "-color_range", "tv",
    ];

    private static void Check(CompositionPlan plan, FfprobeReport report, string name)
    {
        CompositionSettings settings = plan.Settings;
        double expected = plan.DurationUs / 1e6;
        double frame = 1.0 / settings.FrameRate;
        List<string> problems = [];
        if (report.Video is not { Codec: "h264" } video || video.Width != settings.Width || video.Height != settings.Height)
        {
            problems.Add($"video is not H.264 of {settings.Width}x{settings.Height}");
        }
        else if (video.Packets != plan.TotalFrames)
        {
            problems.Add($"{video.Packets} frames instead of {plan.TotalFrames}");
        }

        if (report.Audio is not { Codec: "aac" })
        {
            problems.Add("no AAC sound");
        }

        // One AAC frame (1024 samples) may stand over at the end.
        if (Math.Abs(report.DurationSeconds - expected) > frame + (1024.0 / AudioGraph.SampleRate))
        {
            problems.Add($"lasts {report.DurationSeconds:0.000} s instead of {expected:0.000} s");
        }

        if (problems.Count > 0)
        {
            throw new RecordingException(RecordingErrorCode.IntegrityCheckFailed, $"{name}: {string.Join("; ", problems)}");
        }
    }

    private static TimeSpan Duration(CompositionPlan plan) => TimeSpan.FromMicroseconds(plan.DurationUs);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
