using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Tests.Support;

namespace Recording.PostProcessing.Tests.Outputs;

/// <summary>A scratch folder, a recording and an output whose names mean something to FFmpeg.</summary>
public sealed class ScratchNameTests : IDisposable
{
    private const string Hostile = "100%done %05d it's \"a:b\" \U0001F3AC";
    private readonly ScratchDirectory _scratch = ScratchDirectory.Create();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("mp4")]
    [InlineData("hls")]
    public async Task Names_of_folders_are_taken_literally(string format)
    {
        DirectoryInfo folder = _scratch.Directory.CreateSubdirectory(Hostile);
        DirectoryInfo directory = folder.CreateSubdirectory("recording");
        var recording = new TestRecording(directory, 2);
        await recording.AddVideoAsync("alice", "blue", 0, 2, options: new TestMedia { FrameRate = 10 });
        await recording.AddAudioAsync("alice", 0, 2);
        await recording.WriteDocumentsAsync();
        await File.WriteAllTextAsync(Path.Combine(directory.FullName, "c.vtt"), "WEBVTT\n\n00:00.100 --> 00:01.000\nHello\n");
        var composer = new OfflineComposer(new FfmpegOptions(), new RenderOptions { Preset = "ultrafast" }, TimeProvider.System) { ScratchRoot = folder.FullName };
        CompositionSettings settings = CompositionSettings.Default with
        {
            Format = format,
            Width = 160,
            Height = 120,
            FrameRate = 10,
            Thumbnails = true,
            Waveforms = format == "mp4",
            Chapters = true,
            Captions = "c.vtt",
            BurnsCaptions = format == "mp4",
        };
        CompositionResult result = await composer.ComposeAsync(directory, settings, new FileInfo(Path.Combine(folder.FullName, "out." + format)));
        Assert.InRange(result.DurationSeconds, 1.95, 2.05);
        Assert.Equal("poster.jpg sprite-000.jpg sprite.vtt thumb-00000.jpg", string.Join(' ', result.Files.Where(file => file.Directory!.Name == "thumbnails").Select(file => file.Name)));
    }
}
