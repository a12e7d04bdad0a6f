using System.Globalization;

namespace Recording.PostProcessing.Tests.Support;

/// <summary>Media with a visible and audible second: a colour that flashes white, and a 1 kHz tone, for the first 0.1 s of each second of recording time.</summary>
public static class Synthetic
{
    public static Task VideoAsync(FileInfo file, string colour, double start, double seconds, string size = "160x120", int rate = 30, int keyFrames = 45, string container = "matroska", string? source = null, string? filter = null) => Tools.Run.RunAsync(
        [
            "-f", "lavfi", "-i", source is not null ? $"{source}{(source.Contains('=') ? ":" : "=")}s={size}:r={rate}:d={Text(seconds)}{(filter is null ? "" : "," + filter)}" : $"color=c={colour}:s={size}:r={rate}:d={Text(seconds)},drawbox=c=white:t=fill:enable='lt(mod(t+{Text(start)}+0.001,1),0.1)'",
            "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", source is null ? "300k" : "2M", "-g", keyFrames.ToString(CultureInfo.InvariantCulture), "-pix_fmt", "yuv420p",
            .. Offset(start, container), "-f", container, "-y", file.FullName,
        ],
        file.Directory!);

    public static Task AudioAsync(FileInfo file, double start, double seconds, string container = "matroska", double skewPpm = 0, string? source = null, string? filter = null) => Tools.Run.RunAsync(
        [
            "-f", "lavfi", "-i", source is not null ? $"{source}:r=48000:d={Text(seconds)}{(filter is null ? "" : "," + filter)}" : $"aevalsrc='0.5*sin(2*PI*1000*t)*lt(mod(t*{(1 / (1 + (skewPpm / 1e6))).ToString("0.000000000", CultureInfo.InvariantCulture)}+{Text(start)},1),0.1)':s=48000:d={Text(seconds)}",
            "-c:a", "libopus", "-b:a", "48k", "-application", "lowdelay", .. Offset(start, container), "-f", container, "-y", file.FullName,
        ],
        file.Directory!);

    private static string[] Offset(double start, string container) => container == "matroska" ? ["-output_ts_offset", Text(start)] : [];

    private static string Text(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
