using System.Globalization;
using Recording.Media.Tests.Support;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Tests.Support;

namespace Recording.PostProcessing.Tests.Outputs;

/// <summary>Fixture 13 with pictures: a recording that was paused a hundred times, decoded. Each picture tells its number, and a beep stands in each stretch that is kept.</summary>
/// <remarks>alice sends through the pauses, of bob nothing is stored meanwhile; their beeps take turns.</remarks>
public sealed class HundredPausesTests(HundredPausesTests.Film film) : IClassFixture<HundredPausesTests.Film>
{
    private const int Rate = 25;
    private const int Side = 64;
    private const int Bits = 12;
    private const int Pauses = 100;
    private const double Frame = 1.0 / Rate;

    // A kept stretch and a pause together last 18 pictures; the seventh of them comes with the beep.
    private const double Turn = 18 * Frame;
    private const double BeepAt = 6 * Frame;
    private const double Seconds = (Pauses * Turn) + 0.48;

    // Of the network, which is between the recording's clock and what was captured.
    private const double Delay = 0.01;

    private static readonly (double From, double To)[] Kept = [.. Enumerable.Range(0, Pauses + 1).Select(i => (i == 0 ? 0 : Pause(i - 1).To, i == Pauses ? Seconds : Pause(i).From))];

    // Where each kept stretch begins in the output.
    private static readonly double[] Begins = [.. Enumerable.Range(0, Pauses + 1).Select(i => Kept.Take(i).Sum(span => span.To - span.From))];

    private static double KeptSeconds => Kept.Sum(span => span.To - span.From);

    [Fact]
    public void Pictures_and_sound_are_as_long_as_what_was_recorded_less_the_pauses()
    {
        Assert.InRange(film.Output.Frames * Frame, KeptSeconds - Frame, KeptSeconds + Frame);
        Assert.InRange(film.Output.AudioSeconds, KeptSeconds - Frame, KeptSeconds + Frame);
        Assert.InRange(film.Result.DurationSeconds, KeptSeconds - Frame, KeptSeconds + Frame);

        // A frame is counted by its place below; it is shown at that time.
        Assert.Equal(Enumerable.Range(0, film.Output.Frames).Select(frame => frame * 1000L / Rate), film.TimesMs.Order());
    }

    [Fact]
    public void Every_frame_is_the_picture_of_its_time()
    {
        for (int frame = 0; frame < film.Output.Frames; frame++)
        {
            int span = Array.FindLastIndex(Begins, begin => begin <= (frame * Frame) + 1e-9);
            double recorded = Kept[span].From + (frame * Frame) - Begins[span];
            double alice = (NumberOf(frame, 0) * Frame) + Delay;
            Assert.True(Math.Abs(alice - recorded) < Frame, $"frame {frame}, behind {span} pauses: {recorded:0.000} s is due, {alice:0.000} s is seen");

            // Until bob's first picture behind a pause his last one before it stays.
            double bob = (NumberOf(frame, Side) * Frame) + Delay;
            bool isLastBefore = span > 0 && recorded - Kept[span].From < Frame && Math.Abs(bob - Kept[span - 1].To) < Frame + Delay;
            Assert.True(Math.Abs(bob - recorded) < Frame || isLastBefore, $"bob in frame {frame}, behind {span} pauses: {recorded:0.000} s is due, {bob:0.000} s is seen");
        }
    }

    [Fact]
    public void Every_beep_is_heard_at_its_time()
    {
        List<double> beeps = film.Beeps;
        Assert.Equal(Pauses + 1, beeps.Count);
        Assert.All(beeps.Index(), beep => Assert.InRange(beep.Item - DueAt(beep.Index), -0.005, 0.02));
    }

    [Theory]
    [InlineData("alice", 0)]
    [InlineData("bob", Side)]
    public void Pictures_and_sound_agree_behind_the_hundredth_cut_as_before_the_first(string peer, int x)
    {
        // The picture that was taken when a beep began comes with it.
        double[] errors = [.. film.Beeps.Select((beep, span) => (FirstFrameOf((18 * span) + 6, span, x) * Frame) - beep)];
        string all = $"{peer}: {string.Join(' ', errors.Select(error => (error * 1000).ToString("0", CultureInfo.InvariantCulture)))} ms";
        double[] sizes = [.. errors.Select(Math.Abs).Order()];
        Assert.True(sizes[^1] < Frame, all);
        Assert.True(sizes[sizes.Length / 2] < Frame / 2, all);
        Assert.True(Math.Abs(errors.TakeLast(25).Average() - errors.Take(25).Average()) < Frame / 4, all);
    }

    private static double DueAt(int span) => Begins[span] + (span * Turn) + BeepAt - Kept[span].From + Delay;

    // Neither begins nor ends on a frame or a sample, and no two are alike.
    private static (double From, double To) Pause(int i) => ((i * Turn) + 0.40 + (i * 37 % 100 * 0.000_831), ((i + 1) * Turn) + 0.08 + (i * 53 % 100 * 0.000_613));

    private static bool IsPaused(double at) => Enumerable.Range(0, Pauses).Select(Pause).Any(pause => at >= pause.From && at < pause.To);

    private int FirstFrameOf(int number, int span, int x) =>
        Enumerable.Range((int)(Begins[span] * Rate) + 2, film.Output.Frames).First(frame => NumberOf(frame, x) >= number);

    // Twelve squares, four in a row, are white for 1 and black for 0.
    private int NumberOf(int frame, int x)
    {
        int number = 0;
        for (int bit = 0; bit < Bits; bit++)
        {
            number |= film.Output.LumaOf(frame, x + (bit % 4 * 16) + 8, (bit / 4 * 16) + 8) > 128 ? 1 << bit : 0;
        }

        return number;
    }

    /// <summary>The film, pauses cut.</summary>
    public sealed class Film : IAsyncLifetime
    {
        private readonly ScratchDirectory _scratch = ScratchDirectory.Create();

        public Decoded Output { get; private set; } = null!;

        public CompositionResult Result { get; private set; } = null!;

        public List<double> Beeps { get; private set; } = [];

        public IReadOnlyList<long> TimesMs { get; private set; } = [];

        public async Task InitializeAsync()
        {
            DirectoryInfo directory = _scratch.Directory.CreateSubdirectory("recording");
            var recording = new TestRecording(directory, Seconds);
            string[] squares = [.. Enumerable.Range(0, Bits).Select(bit => $",drawbox=x={bit % 4 * 16}:y={bit / 4 * 16}:w=16:h=16:c=white:t=fill:enable='gte(mod(n,{2 << bit}),{1 << bit})'")];

            // All are key frames, so that those stored behind a pause can be decoded at once.
            List<byte[]> pictures = GeneratedMedia.Encode("vp8", $"color=c=black:s={Side}x{Side}:r={Rate}{string.Concat(squares)}", (int)(Seconds * Rate), keyFrames: 1);
            List<TestPacket> packets = [.. pictures.SelectMany((picture, number) => Packets(picture, number))];
            await recording.AddPacketsAsync("alice", isAudio: false, "vp8", 96, 90_000, 0, Seconds, packets);
            await recording.AddAudioAsync("alice", 0, Seconds, options: Beeping(0));
            await recording.AddPacketsAsync("bob", isAudio: false, "vp8", 96, 90_000, 0, Seconds, [.. packets.Where(packet => !IsPaused(packet.CapturedAt))]);
            await recording.AddAudioAsync("bob", 0, Seconds, options: Beeping(Turn) with { IsSent = at => !IsPaused(at) });
            for (int i = 0; i < Pauses; i++)
            {
                recording.AddEvent(Pause(i).From, "recording_paused");
                recording.AddEvent(Pause(i).To, "recording_resumed");
            }

            await recording.WriteDocumentsAsync();
            CompositionSettings settings = CompositionSettings.Parse($$"""
                {"width":{{2 * Side}},"height":{{Side}},"frame_rate":{{Rate}},"labels":false,"microphones":false,"layout":{"regions":[
                  {"width":{{Side}},"sources":["camera:alice"]},{"x":{{Side}},"width":{{Side}},"sources":["camera:bob"]}
                ]
                }
                }
                """);
            var composer = new OfflineComposer(new FfmpegOptions { Niceness = 0 }, new RenderOptions { Preset = "ultrafast", ShortestChunkSeconds = 16, LongestChunkSeconds = 16 }, TimeProvider.System);
            FileInfo output = _scratch.File("film.mp4");
            Result = await composer.ComposeAsync(directory, settings, output);
            Output = await Decoded.ReadAsync(output, 2 * Side, Side, Rate);
            Beeps = Output.Beeps(silence: 4800);
            TimesMs = (await StoredPackets.ReadAsync(output)).PtsMs;
        }

        public Task DisposeAsync()
        {
            _scratch.Dispose();
            return Task.CompletedTask;
        }

        private static IEnumerable<TestPacket> Packets(byte[] picture, int number)
        {
            List<byte[]> payloads = CodecPackets.Split("vp8", picture, number);
            return payloads.Select((payload, part) => new TestPacket(number * Frame, number * 90_000L / Rate, payload, part == payloads.Count - 1));
        }

        // 50 ms in every second turn.
        private static TestMedia Beeping(double first) => new()
        {
            Source = "sine=frequency=1000",
            Filter = string.Create(CultureInfo.InvariantCulture, $"aeval='4*val(0)*lt(mod(t+{(4 * Turn) - first - BeepAt},{2 * Turn}),0.05)'"),
        };
    }
}
