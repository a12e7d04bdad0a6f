using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Recording.Media.Remuxing;
using Recording.TestInfrastructure;

namespace Recording.Bench.Remux;

/// <summary>
/// CPU and peak memory of turning a track file into WebM, beside janus-pp-rec on the same packets. Each runs as a process of its own, start included;
/// ours also on a quarter of the packets, to show that memory does not grow with them.
/// </summary>
internal static class RemuxBench
{
    private const int Million = 1_000_000;
    private const string Janus = "janus-pp-rec";

    public static async Task<int> RunAsync(string[] args)
    {
        int packets = args is ["--packets", string count] ? int.Parse(count, CultureInfo.InvariantCulture) : 2 * Million;
        foreach (string codec in (string[])["vp8", "opus"])
        {
            using var folder = new TemporaryFolder();
            string File(string name) => Path.Combine(folder.Path, name);
            RemuxSource.Write(codec, packets, File("track.rtp"), File("track.mjr"));
            RemuxSource.Write(codec, packets / 4, File("quarter.rtp"), File("quarter.mjr"));
            string self = typeof(RemuxBench).Assembly.Location;
            Usage quarter = await MeasureAsync("dotnet", [self, "remux-one", File("quarter.rtp"), File("quarter.webm")]);
            Usage ours = await MeasureAsync("dotnet", [self, "remux-one", File("track.rtp"), File("track.webm")]);
            Usage janus = await MeasureAsync(Janus, ["-d", "0", File("track.mjr"), File(codec == "vp8" ? "janus.webm" : "janus.opus")]);
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                bench = "remux",
                codec,
                packets,
                megabytes = new FileInfo(File("track.rtp")).Length / Million,
                cpu_s_per_million = Math.Round(ours.CpuSeconds * Million / packets, 2),
                janus_cpu_s_per_million = Math.Round(janus.CpuSeconds * Million / packets, 2),
                cpu_ratio = Math.Round(ours.CpuSeconds / janus.CpuSeconds, 2),
                peak_mib_quarter = quarter.PeakKib / 1024,
                peak_mib = ours.PeakKib / 1024,
                janus_peak_mib = janus.PeakKib / 1024,
            }));
        }

        return 0;
    }

    /// <summary>What the measured process does.</summary>
    public static int RunOne(string trackFile, string output)
    {
        FileStreamOptions reading = new() { Mode = FileMode.Open, Access = FileAccess.Read, BufferSize = 1 << 16, Options = FileOptions.SequentialScan };
        using FileStream input = new(trackFile, reading);
        using FileStream media = new(output, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.ReadWrite, BufferSize = 1 << 16 });
        RemuxResult result = TrackRemuxer.Remux(input, media);
        return result.Frames > 0 && result.DroppedFrames == 0 && result.Counters.Lost == 0 ? 0 : 1;
    }

    private static async Task<Usage> MeasureAsync(string program, string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        Usage usage = new(0, 0);
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(2));
        while (!process.HasExited)
        {
            usage = ProcessUsage.Read(process.Id) ?? usage;
            await timer.WaitForNextTickAsync();
        }

        await process.WaitForExitAsync();
        await Task.WhenAll(output, error);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {await error}{await output}");
        }

        return usage;
    }
}
