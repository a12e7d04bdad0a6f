using System.Diagnostics;
using System.Globalization;
using Recording.PostProcessing.Layout;

namespace Recording.EndToEnd.Media;

/// <summary>What a viewer sees and hears of a file, decoded by FFmpeg.</summary>
internal static class DecodedPicture
{
    public const int SampleRate = 48000;

    /// <summary>Mean brightness (0..255) of a part of the picture, a value a frame.</summary>
    public static Task<byte[]> BrightnessAsync(string file, PixelRect rect) => FfmpegAsync(
        "-i", file, "-map", "0:v:0", "-fps_mode", "passthrough",
        "-vf", string.Create(CultureInfo.InvariantCulture, $"crop={rect.Width}:{rect.Height}:{rect.X}:{rect.Y},scale=1:1:flags=area,format=gray"),
        "-f", "rawvideo", "-");

    /// <summary>All frames as RGB pictures of a small size, one behind the other.</summary>
    public static Task<byte[]> RgbAsync(string file, int width, int height) => FfmpegAsync(
        "-i", file, "-map", "0:v:0", "-fps_mode", "passthrough",
        "-vf", string.Create(CultureInfo.InvariantCulture, $"scale={width}:{height}:flags=area,format=rgb24"),
        "-f", "rawvideo", "-");

    /// <summary>Mono samples, -1..1.</summary>
    public static async Task<float[]> SamplesAsync(string file)
    {
        byte[] bytes = await FfmpegAsync("-i", file, "-map", "0:a:0", "-ac", "1", "-ar", $"{SampleRate}", "-f", "f32le", "-");
        var samples = new float[bytes.Length / sizeof(float)];
        Buffer.BlockCopy(bytes, 0, samples, 0, samples.Length * sizeof(float));
        return samples;
    }

    private static async Task<byte[]> FfmpegAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("ffmpeg") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (string argument in (string[])["-nostdin", "-v", "error", .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        await process.StandardOutput.BaseStream.CopyToAsync(output);
        await process.WaitForExitAsync();
        string said = await errors;
        Assert.True(process.ExitCode == 0 && said.Length == 0, $"ffmpeg ended with {process.ExitCode}: {said}");
        return output.ToArray();
    }
}
