using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Tests.Support;

namespace Recording.PostProcessing.Tests.Outputs;

/// <summary>Fixtures of trouble (docs/testing.md) as decoded films: what each tile shows and what is heard, at every moment.</summary>
public sealed class FixtureFilmTests : IDisposable
{
    private const int Rate = 10;
    private static readonly CompositionSettings Small = CompositionSettings.Default with { Width = 320, Height = 240, FrameRate = Rate };
    private readonly ScratchDirectory _scratch = ScratchDirectory.Create();
    private readonly DirectoryInfo _recording;

    public FixtureFilmTests() => _recording = _scratch.Directory.CreateSubdirectory("recording");

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Twenty_mutes_a_camera_that_starts_muted_an_uneven_screen_and_someone_only_heard_in_one_film()
    {
        const double Seconds = 30;
        var recording = new TestRecording(_recording, Seconds);

        // Fixture 12: the microphone is on for half of each second and a half; every fifth time the camera goes off with it.
        await recording.AddVideoAsync("alice", "blue", 0, Seconds, delayMs: 0, options: new TestMedia { IsSent = IsShown, KeyFrames = 15, FrameRate = 10 });
        await recording.AddAudioAsync("alice", 0, Seconds, options: new TestMedia { IsSent = IsOn, Source = "sine=f=3000", Filter = "volume=4" });
        for (double on = 0; on < Seconds; on += 1.5)
        {
            recording.AddEvent(on, "producer_resumed", "alice", "alice-audio");
            recording.AddEvent(on + 0.75, "producer_paused", "alice", "alice-audio");
            if (!IsShown(on + 1))
            {
                recording.AddEvent(on + 0.75, "producer_paused", "alice", "alice-video");
                recording.AddEvent(on + 1.5, "producer_resumed", "alice", "alice-video");
            }
        }

        // Fixture 14: nothing is sent before the sixth second.
        await recording.AddVideoAsync("bob", "red", 0, Seconds, delayMs: 0, options: new TestMedia { IsSent = at => at > 5.99, FrameRate = 10 });
        recording.AddEvent(0, "producer_paused", "bob", "bob-video");
        recording.AddEvent(6, "producer_resumed", "bob", "bob-video");

        // Fixture 10: a screen sends a picture when it changes, and then nothing for seconds. Those of whole seconds are white.
        double[] changes = [0, 1.3, 4, 4.2, 9.7, 12, 20.3];
        await recording.AddVideoAsync("carol", "blue", 0, Seconds, delayMs: 0, options: new TestMedia
        {
            IsScreenshare = true,
            KeyFrames = 1,
            FrameRate = 10,
            IsSent = at => changes.Any(change => Math.Abs(change - at) < 0.01),
        });

        // Fixture 28: no camera at all.
        await recording.AddAudioAsync("dave", 0, Seconds);
        foreach (string peer in new[] { "alice", "bob", "carol", "dave" })
        {
            recording.SetPresence(peer, 0, Seconds, peer);
        }

        await recording.WriteDocumentsAsync();
        FileInfo output = _scratch.File("out.mp4");
        await new OfflineComposer(new FfmpegOptions(), new RenderOptions { Preset = "ultrafast", Labels = false }, TimeProvider.System).ComposeAsync(_recording, Small, output);
        Decoded film = await Decoded.ReadAsync(output, Small.Width, Small.Height, Rate);
        Assert.Equal(Seconds * Rate, film.Frames);
        for (int frame = 0; frame < film.Frames; frame++)
        {
            double at = (double)frame / Rate;
            double second = at - Math.Floor(at);
            string flash = second < 0.09 ? "white" : "";
            string alice = IsShown(at) ? flash.Length > 0 ? flash : "blue" : "other";
            string bob = at < 6 ? "other" : flash.Length > 0 ? flash : "red";
            double change = changes.Last(change => change < at + 0.01);
            string carol = change == Math.Floor(change) ? "white" : "blue";
            Assert.Equal($"{at}: {carol} {alice} {bob} other", $"{at}: {Corner(at, 0, 0)} {Corner(at, 1, 0)} {Corner(at, 0, 1)} {Corner(at, 1, 1)}");
        }

        // dave beeps at each whole second; between, alice is heard when she is on.
        for (int tick = 6; tick < Seconds * 20; tick++)
        {
            double at = tick / 20.0;
            double second = at - Math.Floor(at);
            if (second is > 0.16 and < 0.94 && IsOn(at - 0.06) == IsOn(at + 0.11))
            {
                Assert.Equal((at, IsOn(at)), (at, film.Peak(at, at + 0.04) > 2000));
            }

            if (tick % 20 == 0)
            {
                Assert.InRange(film.Peak(at + 0.03, at + 0.08), 2000, 32_768);
            }
        }

        static bool IsOn(double at) => (at + 0.001) % 1.5 < 0.75;

        static bool IsShown(double at) => IsOn(at) || (int)((at + 0.001) / 1.5) % 5 != 4;

        // Above and left of where initials stand.
        string Corner(double at, int column, int row) => film.ColourAt(at + 0.05, 20 + (column * 160), 20 + (row * 120));
    }
}
