using System.Globalization;
using Recording.Model;
using Recording.PostProcessing.Ffmpeg;

namespace Recording.PostProcessing.Outputs;

/// <summary>A track's pictures encoded once more with a key frame every 2 s, so that a renderer can begin anywhere. Pure.</summary>
internal static class Mezzanine
{
    private const string Fastest = "libx264";

    /// <summary>The encoder: the fastest one, or else the one that the format needs in any case, so that no job needs an encoder which its output does not name.</summary>
    /// <exception cref="RecordingException">3002: this FFmpeg has neither; the format's is named.</exception>
    public static string Encoder(FfmpegProbe probe, OutputFormat format)
    {
        string encoder = probe.Encoders.Contains(Fastest) ? Fastest : format.VideoEncoder!;
        probe.RequireEncoders(encoder);
        return encoder;
    }

    /// <summary>FFmpeg's arguments: one size, because an encoder keeps its own; pictures and their times stay as they are.</summary>
    /// <param name="encoder">As <see cref="Encoder"/> says.</param>
    /// <param name="input">Matroska.</param>
    /// <param name="width">Even.</param>
    /// <param name="height">Even.</param>
    /// <param name="output">Made or replaced.</param>
    public static IReadOnlyList<string> Arguments(string encoder, FileInfo input, int width, int height, FileInfo output) =>
    [
        "-noautorotate", "-reinit_filter", "0", "-copyts", "-f", "matroska", "-i", "file:" + input.FullName, "-map", "0:v:0", "-an",
        "-vf", $"scale={width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2:eval=frame,pad={width}:{height}:(ow-iw)/2:(oh-ih)/2:eval=frame,setsar=1,format=yuv420p",
        "-fps_mode", "passthrough", "-enc_time_base", "1/1000", "-c:v", encoder, .. Quality(encoder, width, height),
        "-force_key_frames", "expr:gte(t,n_forced*2)", "-avoid_negative_ts", "disabled", "-f", "matroska", "-y", "file:" + output.FullName,
    ];

    // Better than the output, which is encoded from it.
    private static IEnumerable<string> Quality(string encoder, int width, int height) => encoder switch
    {
        Fastest => ["-preset", "veryfast", "-crf", "17", "-bf", "0", "-x264-params", "scenecut=0:open-gop=0"],
        _ =>
        [
            "-deadline", "realtime", "-cpu-used", "8", "-crf", "10", "-b:v", BitsASecond(width, height).ToString(CultureInfo.InvariantCulture), "-auto-alt-ref", "0", "-lag-in-frames", "0",
        ],
    };

    // A ceiling for the quality mode: a third of a bit for each pixel of 30 frames.
    private static long BitsASecond(int width, int height) => Math.Clamp((long)width * height * 10, 500_000, 80_000_000);
}
