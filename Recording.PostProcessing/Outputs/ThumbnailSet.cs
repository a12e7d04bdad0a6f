using System.Globalization;
using Recording.Model;
using Recording.PostProcessing.Ffmpeg;

namespace Recording.PostProcessing.Outputs;

/// <summary>Decodes a finished composite once, which proves that it decodes, and on the way makes its poster, a picture every 10 s, and sprite sheets with a map.</summary>
/// <param name="run">Runs FFmpeg.</param>
internal sealed class ThumbnailSet(FfmpegRun run)
{
    /// <summary>Time between two pictures.</summary>
    public const int EverySeconds = 10;

    private const int Columns = 10;
    private const int Rows = 10;
    private const int TileWidth = 160;

    /// <summary>Makes them in <paramref name="folder"/>.</summary>
    /// <exception cref="RecordingException">4005: the composite does not decode, or there are not as many pictures as there should be.</exception>
    public async Task MakeAsync(CompositionPlan plan, FileInfo composite, FfprobeReport report, DirectoryInfo folder, CancellationToken cancellationToken)
    {
        double seconds = plan.DurationUs / 1e6;
        string poster = Math.Min(3, seconds / 2).ToString("0.000", CultureInfo.InvariantCulture);
        int tileHeight = Math.Max(2, (int)Math.Round(TileWidth * (double)report.Video!.Height / report.Video.Width / 2) * 2);
        string every = $"select='isnan(prev_selected_t)+gte(floor(t/{EverySeconds}),floor(prev_selected_t/{EverySeconds})+1)'";

        // The first picture too, which stays the poster where none begins so late: a screen that never changed, or a single frame.
        string first = $"select='isnan(prev_selected_t)+gte(t,{poster})*lt(prev_selected_t,{poster})'";

        // Names are relative to the working directory: a percent sign in the folder's would be taken for a pattern.
        string[] arguments =
        [
            "-loglevel", "error", "-i", "file:" + composite.FullName,
            "-filter_complex",
            $"[0:v:0]split=3[all][a][b];[all]nullsink;[a]{first},scale=in_range=tv:out_range=pc,format=yuvj420p[poster];"
            + $"[b]{every},scale=in_range=tv:out_range=pc,format=yuvj420p,split[c][d];[c]scale=320:-2[thumb];[d]scale={TileWidth}:{tileHeight},setsar=1,tile={Columns}x{Rows}[sprite]",
            "-map", "[poster]", "-q:v", "3", "-fps_mode", "vfr", "-f", "image2", "-update", "1", "-y", "poster.jpg",
            "-map", "[thumb]", "-q:v", "4", "-fps_mode", "vfr", "-f", "image2", "-start_number", "0", "-y", "thumb-%05d.jpg",
            "-map", "[sprite]", "-q:v", "5", "-fps_mode", "vfr", "-f", "image2", "-start_number", "0", "-y", "sprite-%03d.jpg",
            "-map", "0:v:0", "-map", "0:a:0", "-f", "null", "-",
        ];
        string complaints = await run.RunAsync(arguments, folder, cancellationToken: cancellationToken);
        if (complaints.Length > 0)
        {
            throw new RecordingException(RecordingErrorCode.IntegrityCheckFailed, $"{composite.Name} does not decode without error", new ToolFailureException(0, complaints));
        }

        int count = folder.GetFiles("thumb-*.jpg").Length;
        int expected = Math.Max(1, (int)Math.Ceiling((double)plan.TotalFrames / plan.Settings.FrameRate / EverySeconds));
        if (plan.CopiedTrackId is null && count != expected)
        {
            throw new RecordingException(RecordingErrorCode.IntegrityCheckFailed, $"{count} thumbnails instead of {expected}");
        }

        IEnumerable<WebVttCue> map = Enumerable.Range(0, count).Select(i => new WebVttCue(
            i * EverySeconds * 1_000_000L,
            Math.Max((i * EverySeconds * 1_000_000L) + 1000, Math.Min((i + 1) * EverySeconds * 1_000_000L, plan.DurationUs)),
            string.Create(CultureInfo.InvariantCulture, $"sprite-{i / (Columns * Rows):000}.jpg#xywh={i % Columns * TileWidth},{i / Columns % Rows * tileHeight},{TileWidth},{tileHeight}")));
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "sprite.vtt"), WebVtt.Write(map), cancellationToken);
    }
}
