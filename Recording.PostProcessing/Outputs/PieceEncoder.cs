using System.Globalization;
using Recording.PostProcessing.Layout;

namespace Recording.PostProcessing.Outputs;

/// <summary>FFmpeg's encoder arguments. Whatever could differ between pieces is fixed: joined streams share one decoder configuration. Pure.</summary>
public static class PieceEncoder
{
    /// <summary>With more tiles one piece at a time is rendered, and its filters have one thread.</summary>
    internal const int MostThreadedTiles = 9;

    private static readonly string[] _colour = ["-colorspace", "smpte170m", "-color_primaries", "smpte170m", "-color_trc", "smpte170m", "-color_range", "tv"];

    /// <summary>For a piece of picture.</summary>
    public static IReadOnlyList<string> Video(OutputFormat format, Canvas canvas, RenderOptions options)
    {
        string group = Number(GroupFrames(canvas.FrameRate));
        string threads = Number(options.EncoderThreads);
        return format.VideoEncoder switch
        {
            "libx264" =>
            [
                "-c:v", "libx264", "-preset", options.Preset, "-crf", Number(options.Quality), "-profile:v", "high", "-pix_fmt", "yuv420p",
                "-threads", threads, "-g", group, "-bf", "2", "-x264-params", "scenecut=0:open-gop=0:b-adapt=0", .. _colour,
                "-muxdelay", "0", "-muxpreload", "0", "-f", "mpegts",
            ],
            "libvpx-vp9" =>
            [
                "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", Number(options.VpxSpeed), "-row-mt", "1", "-b:v", "0", "-crf", Number(options.VpxQuality), "-pix_fmt", "yuv420p",
                "-threads", threads, "-g", group, "-auto-alt-ref", "0", "-lag-in-frames", "0", .. _colour, "-f", "matroska",
            ],
            _ =>
            [
                "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", Number(Math.Min(options.VpxSpeed, 15)), "-b:v", Number(BitsASecond(canvas)), "-crf", Number(Math.Min(options.VpxQuality, 63)),
                "-pix_fmt", "yuv420p", "-threads", threads, "-g", group, "-auto-alt-ref", "0", "-lag-in-frames", "0", "-f", "matroska",
            ],
        };
    }

    /// <summary>Frames from one key frame to the next.</summary>
    internal static int GroupFrames(int frameRate) => frameRate * 2;

    /// <summary>Threads of the filter graph. FFmpeg gives so many to each scaler, of which there are several a tile: with fifty people hundreds would start and do nothing.</summary>
    public static int FilterThreads(PlannedPiece piece, RenderOptions options) => piece.Regions.Count > MostThreadedTiles ? 1 : options.EncoderThreads;

    /// <summary>For sound, with its container.</summary>
    public static IReadOnlyList<string> Audio(OutputFormat format, RenderOptions options) => format.AudioEncoder switch
    {
        "pcm_s16le" => ["-c:a", "pcm_s16le", "-ar", Number(AudioGraph.SampleRate), "-ac", "1", "-rf64", "auto", "-f", "wav"],
        "libmp3lame" => ["-c:a", "libmp3lame", "-b:a", Number(options.AudioBitrate), "-ar", Number(AudioGraph.SampleRate), "-ac", "2", "-f", "mp3"],
        "libopus" => ["-c:a", "libopus", "-b:a", Number(options.AudioBitrate), "-ar", Number(AudioGraph.SampleRate), "-ac", "2", "-f", "matroska"],
        _ => ["-c:a", "aac", "-b:a", Number(options.AudioBitrate), "-ar", Number(AudioGraph.SampleRate), "-ac", "2", "-movflags", "+faststart", "-f", "ipod"],
    };

    // VP8 needs a ceiling for its quality mode: a tenth of a bit for each pixel and frame.
    private static int BitsASecond(Canvas canvas) => (int)Math.Clamp((long)canvas.Width * canvas.Height * canvas.FrameRate / 10, 200_000, 50_000_000);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
