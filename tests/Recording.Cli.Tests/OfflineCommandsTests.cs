using System.Globalization;
using System.Text.Json;
using Recording.TestInfrastructure;

namespace Recording.Cli.Tests;

/// <summary>What an operator does with a capture and no service: import, remux, report, compose.</summary>
public sealed class OfflineCommandsTests : IDisposable
{
    private const double Frame = 0.1;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly ImportFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_real_capture_is_imported_remuxed_reported_and_composed_and_all_agree_in_length()
    {
        CommandLineRun imported = await _folder.ImportAsync(ImportFolder.Fixture("opus-dtx-vp8.pcap"));
        Assert.True(imported.ExitCode == ExitCode.Ok, imported.Error);
        double seconds = imported.Json.GetProperty("duration_s").GetDouble();

        JsonElement remuxed = await RunAsync("remux", _folder.Recording);
        Assert.Equal("processed/tracks/peer-1-audio.mkv processed/tracks/peer-1-video.mkv", string.Join(' ', Files(remuxed).Keys.Order(StringComparer.Ordinal)));
        JsonElement[] reported = [.. (await RunAsync("report", _folder.Recording, "--json")).GetProperty("participants")[0].GetProperty("tracks").EnumerateArray()];
        Assert.Equal(2, reported.Length);
        foreach ((string file, double length) in Files(remuxed))
        {
            string path = Path.Combine(_folder.Recording, file);
            await AssertDecodesAsync(path);
            Assert.Equal(length, await SecondsAsync(path), 0.002);
            JsonElement track = reported.Single(track => track.GetProperty("track_id").GetString() == Path.GetFileNameWithoutExtension(file));
            Assert.Equal(track.GetProperty("duration_ms").GetDouble() / 1000, length, Frame / 2);
        }

        string output = _folder.PathOf("out.mp4");
        JsonElement composed = await RunAsync("compose", _folder.Recording, "--layout", "grid", "--size", "160x120", "--fps", "10", "-o", output);
        await AssertDecodesAsync(output);
        Assert.Equal(seconds, composed.GetProperty("duration_s").GetDouble(), Frame);
        Assert.Equal(seconds, await SecondsAsync(output), Frame);
        Assert.Equal(Math.Ceiling(seconds / Frame), double.Parse(await ProbeAsync(output, "-select_streams", "v", "-count_frames", "-show_entries", "stream=nb_read_frames"), CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_remux_tells_by_its_exit_code_and_by_name_what_the_container_does_not_take()
    {
        await _folder.ImportAsync(ImportFolder.Fixture("opus-dtx-vp8.pcap"));
        CommandLineRun ogg = await CommandLineRun.RunAsync("remux", _folder.Recording, "--container", "ogg", "-o", _folder.PathOf("made"));
        Assert.True(ogg.ExitCode == ExitCode.Failed, ogg.Error);
        string file = Assert.Single(Files(ogg.Json)).Key;
        Assert.Equal("processed/tracks/peer-1-audio.ogg", file);
        await AssertDecodesAsync(Path.Combine(_folder.PathOf("made"), file));
        Assert.Equal("""[{"track_id":"peer-1-video","reason":"its codec is vp8, and ogg takes opus only","code":3002}]""", ogg.Json.GetProperty("skipped").GetRawText());
        Assert.Equal("[]", (await RunAsync("remux", _folder.Recording, "--container", "webm", "-o", _folder.PathOf("made"))).GetProperty("skipped").GetRawText());
        CommandLineRun avi = await CommandLineRun.RunAsync("remux", _folder.Recording, "--container", "avi");
        Assert.Equal((ExitCode.Usage, "1003: remux settings: container: expected one of mkv, webm, ogg, found \"avi\""), (avi.ExitCode, avi.Error.Trim()));
    }

    [Fact]
    public async Task A_composite_takes_its_settings_layout_captions_and_background_from_files_and_options()
    {
        await _folder.ImportAsync(ImportFolder.Fixture("opus-dtx-vp8.pcap"));
        string spec = Write("spec.json", """{"width":160,"height":120,"frame_rate":10,"from_s":2,"to_s":9,"labels":false,"microphones":false}""");
        string layout = Write("layout.json", """{"regions":[{"x":"50%","width":"50%","sources":["camera:*"]}]}""");
        string captions = Write("captions.vtt", "WEBVTT\n\n00:03.000 --> 00:04.000\nhello\n");
        string output = _folder.PathOf("out.mp4");

        await RunAsync("compose", _folder.Recording, "--spec", spec, "--to", "5", "--layout", layout, "--captions", captions, "--background", "#ff0000", "-o", output);

        // The option goes before the specification's 9 s.
        await AssertDecodesAsync(output);
        Assert.Equal(3, await SecondsAsync(output), Frame);
        string words = _folder.PathOf("words.vtt");
        await ToolAsync("ffmpeg", ["-v", "error", "-i", output, "-map", "0:s", words]);
        Assert.Contains("00:01.000 --> 00:02.000\nhello", await File.ReadAllTextAsync(words), StringComparison.Ordinal);
        Assert.True(await IsRedAsync(output, 40, 60), "the left half is background");
        Assert.False(await IsRedAsync(output, 120, 60), "the camera is in the right half");
    }

    [Fact]
    public async Task A_full_disk_is_no_bad_argument_and_leaves_nothing_half_written_and_zero_is_no_size()
    {
        await _folder.ImportAsync(ImportFolder.Fixture("opus-dtx-vp8.pcap"));
        CommandLineRun report = await CommandLineRun.RunAsync(["report", _folder.Recording, "--html", "/dev/full"]);
        Assert.Equal(ExitCode.Failed, report.ExitCode);
        Assert.Contains("No space left", report.Error, StringComparison.Ordinal);

        string partial = _folder.PathOf("out.pcapng.partial");
        File.CreateSymbolicLink(partial, "/dev/full");
        CommandLineRun export = await CommandLineRun.RunAsync(["export", _folder.Recording, "--to", "pcapng", "--out", _folder.PathOf("out.pcapng")]);
        Assert.Equal(ExitCode.Failed, export.ExitCode);
        Assert.Null(new FileInfo(partial).LinkTarget);

        foreach (string[] nothing in new string[][] { ["--fps", "0"], ["--size", "0x0"], ["--width", "0"] })
        {
            CommandLineRun composed = await CommandLineRun.RunAsync(["compose", _folder.Recording, "-o", _folder.PathOf("out.mp4"), .. nothing]);
            Assert.Equal(ExitCode.Usage, composed.ExitCode);
            Assert.StartsWith(nothing[0] + ": ", composed.Error, StringComparison.Ordinal);
        }

        CommandLineRun missing = await CommandLineRun.RunAsync(["report", _folder.Recording, "--html", _folder.PathOf("no/such/folder.html")]);
        Assert.Equal(ExitCode.Usage, missing.ExitCode);
    }

    private static Dictionary<string, double> Files(JsonElement remuxed) =>
        remuxed.GetProperty("files").EnumerateArray().ToDictionary(file => file.GetProperty("file").GetString()!, file => file.GetProperty("duration_s").GetDouble(), StringComparer.Ordinal);

    private static async Task<JsonElement> RunAsync(params string[] arguments)
    {
        CommandLineRun run = await CommandLineRun.RunAsync(arguments);
        Assert.True(run.ExitCode == ExitCode.Ok, run.Error);
        return run.Json;
    }

    private static async Task AssertDecodesAsync(string file) =>
        Assert.Equal("", await ToolAsync("ffmpeg", ["-v", "error", "-err_detect", "explode", "-i", file, "-map", "0:v?", "-map", "0:a?", "-fps_mode", "passthrough", "-enc_time_base:v", "1/1000", "-f", "null", "-"]));

    private static async Task<double> SecondsAsync(string file) => double.Parse(await ProbeAsync(file, "-show_entries", "format=duration"), CultureInfo.InvariantCulture);

    private static Task<string> ProbeAsync(string file, params string[] arguments) => ToolAsync("ffprobe", ["-v", "error", "-of", "csv=p=0", .. arguments, file]);

    private static async Task<string> ToolAsync(string program, IEnumerable<string> arguments)
    {
        await using ChildProcess child = ChildProcess.Start(program, program, arguments);
        int code = await child.WaitForExitAsync(Patience);
        Assert.True(code == 0, $"{program}: {child.Output}");
        return child.Output.Trim();
    }

    private string Write(string name, string text) => _folder.Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    private async Task<bool> IsRedAsync(string file, int x, int y)
    {
        string pixel = _folder.PathOf("pixel");
        await ToolAsync("ffmpeg", ["-v", "error", "-ss", "1.5", "-i", file, "-vf", $"crop=2:2:{x}:{y}", "-frames:v", "1", "-pix_fmt", "rgb24", "-f", "rawvideo", "-y", pixel]);
        byte[] colour = await File.ReadAllBytesAsync(pixel);
        return colour[0] > 200 && colour[1] < 60 && colour[2] < 60;
    }
}
