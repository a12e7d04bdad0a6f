using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Timeline;

namespace Recording.Bench.Render;

/// <summary>
/// How time and memory grow with a room's length: the same two people, in a small picture at few frames a second so that hours take minutes, by the stations
/// of a job with two workers.
/// </summary>
internal static class LengthBench
{
    private static readonly int[] _minutes = [30, 180];

    public static async Task<int> RunAsync(string[] arguments)
    {
        int[] minutes = arguments is ["--minutes", string list] ? [.. list.Split(',').Select(text => int.Parse(text, CultureInfo.InvariantCulture))] : _minutes;
        FfmpegProbe probe = await FfmpegProbe.RunAsync(new FfmpegOptions(), TimeProvider.System);
        foreach (int length in minutes)
        {
            using ScratchDirectory scratch = ScratchDirectory.Create();
            var options = new RenderBenchOptions
            {
                Seconds = length * 60,
                Tiles = 2,
                Camera = "64x36",
                Settings = CompositionSettings.Default with { Width = 160, Height = 90, FrameRate = 5 },
            };
            RenderBench.Say($"making {length} min");
            (IReadOnlyDictionary<string, FileInfo> media, AudioSource[] sound) = await RenderBench.MakeAsync(options, scratch);
            RecordedTimeline room = RenderBench.Room(options);
            double cpu = ProcessTree.CpuSeconds();
            long started = Stopwatch.GetTimestamp();
            using var tree = new ProcessTree();
            await RenderBench.JobAsync(room, options.Settings, new RenderOptions { Workers = 2, EncoderThreads = 1 }, probe, media, sound, scratch);
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                bench = "length",
                minutes = length,
                seconds = Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 1),
                cpu_s = Math.Round(ProcessTree.CpuSeconds() - cpu, 1),
                cpu_s_a_minute = Math.Round((ProcessTree.CpuSeconds() - cpu) / length, 3),
                peak_mib_own = tree.PeakOwnKib / 1024,
                peak_mib_ffmpeg = tree.PeakChildKib / 1024,
                peak_mib_all = tree.PeakKib / 1024,
            }));
        }

        return 0;
    }
}
