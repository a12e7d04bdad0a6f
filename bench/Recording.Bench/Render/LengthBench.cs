using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Timeline;

namespace Recording.Bench.Render;

/// <summary>
/// How time and memory grow with a room's length: the same people (two, or as many as are asked for; two of them talk), in a small picture at few frames a second so that hours take minutes, by the stations
/// of a job with two workers.
/// </summary>
internal static class LengthBench
{
    private const int Talkers = 2;
    private static readonly int[] _minutes = [30, 180];

    public static async Task<int> RunAsync(string[] arguments)
    {
        (int[] minutes, int tiles) = Parse(arguments);
        FfmpegProbe probe = await FfmpegProbe.RunAsync(new FfmpegOptions(), TimeProvider.System);
        foreach (int length in minutes)
        {
            using ScratchDirectory scratch = ScratchDirectory.Create();
            var options = new RenderBenchOptions
            {
                Seconds = length * 60,
                Tiles = Talkers,
                Camera = "64x36",
                Settings = CompositionSettings.Default with { Width = 160, Height = 90, FrameRate = 5 },
            };
            RenderBench.Say($"making {length} min");
            (IReadOnlyDictionary<string, FileInfo> media, AudioSource[] sound) = await RenderBench.MakeAsync(options, scratch);
            // The others are silent and show the same two pictures: what they cost is that they are decoded and drawn.
            RecordedTimeline room = RenderBench.Room(options with { Tiles = tiles });
            media = Enumerable.Range(0, tiles).ToDictionary(i => $"p{i}-video", i => media[$"p{i % Talkers}-video"], StringComparer.Ordinal);
            double cpu = ProcessTree.CpuSeconds();
            long started = Stopwatch.GetTimestamp();
            using var tree = new ProcessTree();
            await RenderBench.JobAsync(room, options.Settings, new RenderOptions { Workers = 2, EncoderThreads = 1 }, probe, media, sound, scratch);
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                bench = "length",
                minutes = length,
                tiles,
                seconds = Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 1),
                cpu_s = Math.Round(ProcessTree.CpuSeconds() - cpu, 1),
                cpu_s_a_minute = Math.Round((ProcessTree.CpuSeconds() - cpu) / length, 3),
                peak_mib_own = tree.PeakOwnKib / 1024,
                peak_mib_ffmpeg = tree.PeakChildKib / 1024,
                largest_ffmpeg_wrote = tree.PeakChildWrote,
                peak_mib_all = tree.PeakKib / 1024,
            }));
        }

        return 0;
    }

    private static (int[] Minutes, int Tiles) Parse(string[] arguments)
    {
        int[] minutes = _minutes;
        int tiles = Talkers;
        for (int i = 0; i + 1 < arguments.Length; i += 2)
        {
            (minutes, tiles) = arguments[i] switch
            {
                "--minutes" => ([.. arguments[i + 1].Split(',').Select(text => int.Parse(text, CultureInfo.InvariantCulture))], tiles),
                "--tiles" => (minutes, int.Parse(arguments[i + 1], CultureInfo.InvariantCulture)),
                _ => throw new ArgumentException($"length has no option {arguments[i]}"),
            };
        }

        return (minutes, tiles);
    }
}
