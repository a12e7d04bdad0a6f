using System.Text.Json;
using Recording.Model;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Layout;

namespace Recording.PostProcessing.Outputs;

/// <summary>Makes a picture and JSON peaks of a speaker's sound in output time.</summary>
/// <param name="run">Runs FFmpeg.</param>
/// <param name="probe">What FFmpeg can do.</param>
internal sealed class WaveformSet(FfmpegRun run, FfmpegProbe probe)
{
    // A peak of 8 kHz samples is within a tenth of that of 48 kHz for speech, and three hours are read in a minute.
    private const int SampleRate = 8000;
    private const int PeaksASecond = 10;
    private const int MostPeaks = 20_000;
    private const int Width = 1200;
    private const int Height = 120;
    private const int Colour = 0x4F9CF9;

    /// <summary>Makes <paramref name="png"/> and <paramref name="json"/>.</summary>
    public async Task MakeAsync(CompositionPlan plan, IReadOnlyList<AudioSource> sources, FileInfo png, FileInfo json, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        double seconds = plan.DurationUs / 1e6;
        int samplesAPeak = (int)Math.Max(SampleRate / PeaksASecond, Math.Ceiling(seconds * SampleRate / MostPeaks));
        var peaks = new PeakStream(samplesAPeak);
        var graph = new FileInfo(png.FullName + ".graph");
        string[] arguments =
        [
            .. AudioGraph.Inputs(sources), .. await GraphFile.WriteAsync(probe, AudioGraph.Filter(sources, plan.Spans, plan.DurationUs, plan.Silent), graph, cancellationToken),
            "-map", "[out]", "-ac", "1", "-ar", SampleRate.ToString(), "-f", "s16le", "pipe:1",
        ];
        await run.StreamAsync(arguments, png.Directory!, peaks, TimeSpan.FromSeconds(seconds), new DirectProgress<FfmpegProgress>(report => progress?.Report(report.Fraction)), cancellationToken);
        graph.Delete();
        short[] values = peaks.Values();
        if (Math.Abs(values.Length - (seconds * SampleRate / samplesAPeak)) > 2)
        {
            throw new RecordingException(RecordingErrorCode.IntegrityCheckFailed, $"{values.Length} peaks of {seconds:0.0} s of sound");
        }

        var document = new { seconds, seconds_per_peak = (double)samplesAPeak / SampleRate, full_scale = 32768, peaks = values };
        await File.WriteAllBytesAsync(json.FullName, JsonSerializer.SerializeToUtf8Bytes(document), cancellationToken);
        await DrawAsync(values, png, cancellationToken);
    }

    private async Task DrawAsync(short[] peaks, FileInfo png, CancellationToken cancellationToken)
    {
        var raster = new Raster(Width, Height);
        for (int x = 0; x < Width; x++)
        {
            int from = (int)((long)x * peaks.Length / Width);
            int to = Math.Max(from + 1, (int)((long)(x + 1) * peaks.Length / Width));
            int peak = 0;
            for (int i = from; i < Math.Min(to, peaks.Length); i++)
            {
                peak = Math.Max(peak, (int)peaks[i]);
            }

            int half = Math.Max(1, peak * (Height / 2) / 32768);
            raster.Fill(new PixelRect(x, (Height / 2) - half, 1, 2 * half), Colour);
        }

        string raw = Path.ChangeExtension(png.FullName, ".rgba");
        await File.WriteAllBytesAsync(raw, raster.Pixels, cancellationToken);
        await run.RunAsync(
            ["-f", "rawvideo", "-pixel_format", "rgba", "-video_size", $"{Width}x{Height}", "-i", "file:" + raw, "-frames:v", "1", "-c:v", "png", "-f", "image2", "-update", "1", "-y", png.Name],
            png.Directory!,
            cancellationToken: cancellationToken);
        File.Delete(raw);
    }
}
