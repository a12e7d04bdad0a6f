using System.Text.Json;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Layout;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Tests.Support;

namespace Recording.PostProcessing.Tests.Outputs;

/// <summary>Phones that are turned: what is decoded of the composite stands upright from the very frame on.</summary>
public sealed class TurnedPictureTests : IDisposable
{
    private const int Rate = 25;

    // A picture twice as wide as high; its quarters in the order of reading.
    private const string Quarters = "drawbox=x=0:y=0:w=80:h=40:c=red:t=fill,drawbox=x=80:y=0:w=80:h=40:c=0x00ff00:t=fill,drawbox=x=0:y=40:w=80:h=40:c=blue:t=fill,drawbox=x=80:y=40:w=80:h=40:c=white:t=fill";
    private const string Upright = "red green blue white";
    private const string Quarter = "blue red white green";

    private static readonly CompositionSettings Small = CompositionSettings.Default with { Width = 320, Height = 120, FrameRate = Rate, Fit = FitMode.Contain };
    private readonly ScratchDirectory _scratch = ScratchDirectory.Create();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task A_phone_that_is_turned_and_turned_back_stands_upright_in_every_frame()
    {
        // The second piece begins while it is turned.
        Decoded decoded = await Decoded.ReadAsync(await ComposeAsync(Small, "out.mp4", 4, [(0, 0), (2, 1), (3.6, 0)]), Small.Width, Small.Height, Rate);
        Assert.Equal(100, decoded.Frames);
        for (int frame = 0; frame < decoded.Frames; frame++)
        {
            bool turned = frame is >= 50 and < 90;
            Assert.Equal((frame, turned ? Quarter : Upright), (frame, Seen(decoded, frame, turned)));
            Assert.Equal((frame, turned ? "other" : "red"), (frame, decoded.ColourAt((frame + 0.5) / Rate, 60, 30)));
        }
    }

    [Fact]
    public async Task A_phone_that_is_turned_as_its_pictures_change_size_stands_upright_in_every_frame()
    {
        // Half the size from 0.8 s to 1.6 s and from 2.4 s on; a quarter to the right from 0.8 s to 2.4 s.
        TestMedia media = Phone([(0, 0), (0.8, 1), (2.4, 0)]) with
        {
            Windows = [(0, 0.8), (0.8, 0.8), (1.6, 0.8), (2.4, 0.8)],
            WindowFilters = [Quarters, $"{Quarters},scale=80:40:flags=neighbor", Quarters, $"{Quarters},scale=80:40:flags=neighbor"],
            FrameRate = Rate,
        };
        Decoded decoded = await Decoded.ReadAsync(await ComposeAsync(Small, "out.mp4", 3.2, media), Small.Width, Small.Height, Rate);
        Assert.Equal(80, decoded.Frames);
        for (int frame = 0; frame < decoded.Frames; frame++)
        {
            bool turned = frame is >= 20 and < 60;
            Assert.Equal((frame, turned ? Quarter : Upright), (frame, Seen(decoded, frame, turned)));
        }
    }

    [Fact]
    public async Task Phones_that_are_held_so_all_the_time_stand_upright()
    {
        // On the left a quarter to the left, on the right mirrored and upside down.
        FileInfo output = await ComposeAsync(Small, "out.mp4", 0.4, [(0, 3)], [(0, 6)]);
        Decoded decoded = await Decoded.ReadAsync(output, Small.Width, Small.Height, Rate);
        Assert.All([0, 5, decoded.Frames - 1], frame => Assert.Equal(
            "green white red blue, blue white red green", $"{Seen(decoded, frame, isQuarter: true, middle: 80)}, {Seen(decoded, frame, isQuarter: false, middle: 240)}"));
    }

    [Fact]
    public async Task A_track_that_is_turned_is_rendered_where_it_would_be_copied()
    {
        CompositionSettings settings = Small with { Format = "webm", Layout = "single:alice" };
        FileInfo output = await ComposeAsync(settings, "out.webm", 1, [(0, 0), (0.4, 1)]);
        FfprobeReport report = await FfprobeReport.ReadAsync(Tools.Run, output);
        Assert.Equal(("vp9", 320, 120), (report.Video!.Codec, report.Video.Width, report.Video.Height));
        Decoded decoded = await Decoded.ReadAsync(output, Small.Width, Small.Height, Rate);
        Assert.Equal($"{Upright}, {Quarter}", $"{Seen(decoded, 5, isQuarter: false)}, {Seen(decoded, 20, isQuarter: true)}");
    }

    [Theory]
    [InlineData("mp4", 1, 0, false, true)]
    [InlineData("mp4", 1, 0, true, false)]
    [InlineData("mp4", 1, 0.5, false, false)]
    [InlineData("mp4", 2, 0, false, false)]
    [InlineData("webm", 0, 0, false, true)]
    [InlineData("webm", 1, 0, false, false)]
    public void A_copy_is_made_only_of_what_its_container_can_say(string format, int count, double from, bool isFlipped, bool copies)
    {
        PictureTurn[] turns = [.. Enumerable.Range(0, count).Select(i => new PictureTurn(3_000_400 + (long)((from + i) * 1e6), 90 * (1 + i), isFlipped))];
        var track = new RemuxedTrack { TrackId = "v", IsAudio = false, StartSeconds = 3, Turns = turns };
        Assert.Equal(copies, JsonSerializer.Deserialize<RemuxedTrack>(JsonSerializer.Serialize(track))!.CanBeCopied((Small with { Format = format }).Output));
    }

    [Fact]
    public void What_was_stored_without_turns_has_none() =>
        Assert.Empty(JsonSerializer.Deserialize<RemuxedTrack>("""{"TrackId":"v","IsAudio":false}""")!.Turns);

    [Theory]
    [InlineData("", "0-50:0")]
    [InlineData("90@0", "0-50:90")]
    [InlineData("90@10500", "0-13:0 13-50:90")]
    [InlineData("90@9000 180@10480 0@11480", "0-12:90 12-37:180 37-50:0")]
    [InlineData("90@9000 0@9500", "0-50:0")]
    [InlineData("90@10500 0@10501 90@10502", "0-13:0 13-50:90")]
    [InlineData("90@10500 270@11990", "0-13:0 13-50:90")]
    [InlineData("90@13000", "0-50:0")]
    public void A_piece_is_cut_where_its_track_is_turned(string turns, string expected)
    {
        // Two seconds from the tenth on.
        var piece = new PlannedPiece { Number = 0, FirstFrame = 0, FrameCount = 50, RecordingUs = 10_000_000, Regions = [] };
        PictureTurn[] list = [.. turns.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(turn => turn.Split('@')).Select(turn => new PictureTurn(
            1000 * long.Parse(turn[1], System.Globalization.CultureInfo.InvariantCulture), int.Parse(turn[0], System.Globalization.CultureInfo.InvariantCulture), false))];
        Assert.Equal(expected, string.Join(' ', TurnedSpan.Cut(piece, list, Rate).Select(span => $"{span.FirstFrame}-{span.EndFrame}:{span.Clockwise}")));
    }

    // A place in each quarter of the picture.
    private static string Seen(Decoded decoded, int frame, bool isQuarter, int middle = 160)
    {
        (int x, int y) = isQuarter ? (20, 45) : (60, 28);
        return string.Join(' ', new[] { (-x, -y), (x, -y), (-x, y), (x, y) }.Select(at => decoded.ColourAt((frame + 0.5) / Rate, middle + at.Item1, 60 + at.Item2)));
    }

    private static TestMedia Phone((double At, byte Orientation)[] turns) => new() { Size = "160x80", Source = "color=c=black", Filter = Quarters, Turns = turns };

    private Task<FileInfo> ComposeAsync(CompositionSettings settings, string name, double seconds, params (double At, byte Orientation)[][] phones) =>
        ComposeAsync(settings, name, seconds, [.. phones.Select(Phone)]);

    private async Task<FileInfo> ComposeAsync(CompositionSettings settings, string name, double seconds, params TestMedia[] phones)
    {
        DirectoryInfo directory = _scratch.Directory.CreateSubdirectory("recording");
        var recording = new TestRecording(directory, seconds);
        string[] peers = ["alice", "bob"];
        for (int i = 0; i < phones.Length; i++)
        {
            await recording.AddVideoAsync(peers[i], "", 0, seconds, delayMs: 0, options: phones[i]);
        }

        await recording.WriteDocumentsAsync();
        var composer = new OfflineComposer(
            new FfmpegOptions(), new RenderOptions { Preset = "ultrafast", Labels = false, ShortestChunkSeconds = 3, LongestChunkSeconds = 3 }, TimeProvider.System);
        FileInfo output = _scratch.File(name);
        await composer.ComposeAsync(directory, settings, output);
        return output;
    }
}
