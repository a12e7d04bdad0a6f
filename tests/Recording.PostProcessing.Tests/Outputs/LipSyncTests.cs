using System.Globalization;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Tests.Support;

namespace Recording.PostProcessing.Tests.Outputs;

/// <summary>Beep against flash on the decoded composite of stored RTP: median under 20 ms, worst under 40 ms.</summary>
public sealed class LipSyncTests : IDisposable
{
    private const int Rate = 50;
    private static readonly CompositionSettings Small = CompositionSettings.Default with { Width = 160, Height = 120, FrameRate = Rate };
    private readonly ScratchDirectory _scratch = ScratchDirectory.Create();
    private readonly DirectoryInfo _recording;
    private readonly OfflineComposer _composer = new(
        new FfmpegOptions(), new RenderOptions { Preset = "ultrafast", Labels = false, ShortestChunkSeconds = 4, LongestChunkSeconds = 4 }, TimeProvider.System);

    public LipSyncTests() => _recording = _scratch.Directory.CreateSubdirectory("recording");

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("late start", 0, 0)]
    [InlineData("loss", 5, 0)]
    public async Task Sound_and_picture_agree(string what, double loss, double skewPpm)
    {
        // The picture comes 3.3 s after the sound, over a slower path (up to 50 ms are made up for by the senders' reports).
        var media = new TestMedia { LossPercent = loss, SkewPpm = skewPpm };
        var recording = new TestRecording(_recording, 12);
        await recording.AddAudioAsync("alice", 0.7, 11.3, delayMs: 15, options: media);
        await recording.AddVideoAsync("alice", "blue", 4, 8, delayMs: 55, options: media);
        recording.SetPresence("alice", 0, 12);
        await recording.WriteDocumentsAsync();
        AssertInSync(await ComposeAsync(Small), 6, what);
    }

    [Fact]
    public async Task Sound_and_picture_agree_behind_pauses()
    {
        var recording = new TestRecording(_recording, 14);
        await recording.AddAudioAsync("alice", 0, 14, delayMs: 15);
        await recording.AddVideoAsync("alice", "blue", 0, 14, delayMs: 55);
        recording.SetPresence("alice", 0, 14);
        foreach ((double from, double to) in new[] { (2.513, 3.377), (5.211, 6.694), (9.501, 9.733) })
        {
            recording.AddEvent(from, "recording_paused");
            recording.AddEvent(to, "recording_resumed");
        }

        await recording.WriteDocumentsAsync();
        Decoded output = await ComposeAsync(Small);
        double expected = 14 - 0.864 - 1.483 - 0.232;
        Assert.InRange(output.Frames / (double)Rate, expected - (1.0 / Rate), expected + (1.0 / Rate));
        AssertInSync(output, 10, "pauses");
    }

    [Theory]
    [InlineData(200, -200)]
    [InlineData(-200, 200)]
    public async Task Sound_and_picture_agree_over_three_hours_of_skewed_clocks(double audioPpm, double videoPpm)
    {
        // Over three hours these clocks part by 4.3 s. Something is sent in five stretches only, each in several of the senders' report intervals.
        const double Length = 10_800;
        (double From, double Seconds)[] windows = [(0, 6), (2700, 6), (5400, 6), (8100, 6), (10_790, 6)];
        var recording = new TestRecording(_recording, Length);
        await recording.AddAudioAsync("alice", 0, Length, delayMs: 15, options: new TestMedia { SkewPpm = audioPpm, Windows = windows });
        await recording.AddVideoAsync("alice", "blue", 0, Length, delayMs: 60, options: new TestMedia { SkewPpm = videoPpm, Windows = windows });
        recording.SetPresence("alice", 0, Length);
        await recording.WriteDocumentsAsync();
        List<double> errors = [];
        foreach ((double from, double seconds) in windows)
        {
            Decoded output = await ComposeAsync(Small with { FromSeconds = from, ToSeconds = from + seconds });
            Assert.Equal((int)(seconds * Rate), output.Frames);
            errors.AddRange(Errors(output, seconds));
        }

        Assert.True(errors.Count >= 20, $"{errors.Count} pairs");
        AssertErrors(errors, "skew");
    }

    private static void AssertInSync(Decoded output, int atLeast, string what)
    {
        List<double> errors = [.. Errors(output, output.AudioSeconds)];
        Assert.True(errors.Count >= atLeast, $"{what}: {errors.Count} pairs");
        AssertErrors(errors, what);
    }

    private static void AssertErrors(List<double> errors, string what)
    {
        double[] sizes = [.. errors.Select(Math.Abs).Order()];
        string all = string.Join(' ', errors.Select(error => (error * 1000).ToString("0.0", CultureInfo.InvariantCulture)));
        Assert.True(sizes[sizes.Length / 2] < 0.020, $"{what}: median of {all} ms");
        Assert.True(sizes[^1] < 0.040, $"{what}: worst of {all} ms");
    }

    private static IEnumerable<double> Errors(Decoded output, double seconds)
    {
        List<double> beeps = output.Beeps();
        foreach (double flash in output.Flashes(80, 60).Where(time => time > 0.3 && time < seconds - 0.3))
        {
            // Lost packets can take a flash or a beep away altogether; what is left must fit.
            double beep = beeps.MinBy(time => Math.Abs(time - flash));
            if (Math.Abs(beep - flash) < 0.4)
            {
                yield return flash - beep;
            }
        }
    }

    private async Task<Decoded> ComposeAsync(CompositionSettings settings)
    {
        FileInfo output = _scratch.File("out.mp4");
        await _composer.ComposeAsync(_recording, settings, output);
        return await Decoded.ReadAsync(output, settings.Width, settings.Height, Rate);
    }
}
