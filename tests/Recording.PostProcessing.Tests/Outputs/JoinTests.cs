using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Tests.Support;

namespace Recording.PostProcessing.Tests.Outputs;

/// <summary>Joins between chunks: every frame of a numbered picture is there once, in order, and the sound has no click.</summary>
public sealed class JoinTests : IDisposable
{
    private const int Rate = 25;
    private const int Bits = 8;

    // Frame n shows n as eight bars, white for 1.
    private const string Numbered = "geq=lum='16+219*mod(floor(N/pow(2,floor(X/20))),2)':cb=128:cr=128";
    private readonly ScratchDirectory _scratch = ScratchDirectory.Create();
    private readonly DirectoryInfo _recording;

    public JoinTests() => _recording = _scratch.Directory.CreateSubdirectory("recording");

    public void Dispose() => _scratch.Dispose();

    // Chunks of 1.1 s: eight joins, most of them far from a key frame of the source. One worker: two pieces rendered side by side.
    [Theory]
    [InlineData(2, 1.1)]
    [InlineData(1, 9)]
    public async Task No_frame_is_black_frozen_or_repeated_and_no_sample_jumps_at_a_join(int workers, double chunkSeconds)
    {
        var recording = new TestRecording(_recording, 9);
        await recording.AddVideoAsync("alice", "", 0, 9, options: new TestMedia { FrameRate = Rate, KeyFrames = 70, Source = "nullsrc", Filter = Numbered });
        await recording.AddAudioAsync("alice", 0, 9, options: new TestMedia { Source = "sine=frequency=440", Filter = "volume=6dB" });
        recording.SetPresence("alice", 0, 9);
        await recording.WriteDocumentsAsync();
        CompositionSettings settings = CompositionSettings.Default with { Width = 160, Height = 120, FrameRate = Rate };

        var options = new RenderOptions { Preset = "ultrafast", Labels = false, Workers = workers, ShortestChunkSeconds = chunkSeconds, LongestChunkSeconds = chunkSeconds };
        var composer = new OfflineComposer(new FfmpegOptions(), options, TimeProvider.System);
        FileInfo output = _scratch.File("out.mp4");
        CompositionResult result = await composer.ComposeAsync(_recording, settings with { Microphones = false }, output);
        Assert.InRange(result.DurationSeconds, 9 - (1.0 / Rate), 9 + (1.0 / Rate));
        Decoded decoded = await Decoded.ReadAsync(output, 160, 120, Rate);
        Assert.Equal(9 * Rate, decoded.Frames);
        int first = Number(decoded, 0);
        Assert.InRange(first, 0, 1);
        int[] numbers = [.. Enumerable.Range(0, decoded.Frames).Select(frame => Number(decoded, frame))];

        // The picture of a track may stand still in its last frame, when the sound is a little longer.
        Assert.Equal(Enumerable.Range(0, decoded.Frames - 1).Select(frame => (frame + first) % (1 << Bits)), numbers[..^1]);

        // A sine of this height never steps further than this from one sample to the next.
        Assert.True(decoded.Peak(1, 2) > 3000);
        Assert.InRange(decoded.LargestStep(0.3, 8.7), 100, (int)(2 * Math.PI * 440 / 48_000 * decoded.Peak(0.3, 8.7) * 1.2));
    }

    private static int Number(Decoded decoded, int frame) =>
        Enumerable.Range(0, Bits).Sum(bit => decoded.LumaOf(frame, (bit * 20) + 10, 60) > 128 ? 1 << bit : 0);
}
