using System.Globalization;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Layout;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Tests.Support;

namespace Recording.PostProcessing.Tests.Outputs;

/// <summary>Title, clocks, card, background and fit as they are seen: one recording with a pause, once cut and once kept, decoded.</summary>
public sealed class OverlayPictureTests(OverlayPictureTests.Lecture lecture) : IClassFixture<OverlayPictureTests.Lecture>
{
    private const int Width = 320;
    private const int Height = 180;
    private const int Rate = 5;
    private const int Seconds = 9;
    private const string Title = "Plan B: 100 % 'quoted'";
    private const int Tile = 0x24272E;
    private const int Ground = 0x204060;
    private const int Navy = 0x000070;
    private const int Forest = 0x005000;

    // The pause lasts from 3.4 s to 6.0 s: frames 17 to 29 of the output that keeps it.
    private const int PauseFrame = 17;
    private const int ResumeFrame = 30;

    // Nothing but the ground lies above the tiles; the title stands left, the clock right.
    private static readonly PixelRect Left = new(6, 6, 160, 20);
    private static readonly PixelRect Right = new(160, 6, 154, 20);
    private static readonly PixelRect[] Tiles = [new(0, 46, 100, 134), new(110, 46, 100, 134), new(220, 46, 100, 134)];
    private static readonly PixelRect Middle = new(90, 80, 140, 20);

    [Fact]
    public void The_title_is_written_in_the_upper_left_all_the_time()
    {
        Assert.All(Enumerable.Range(0, lecture.Cut.Frames), frame =>
        {
            (string text, PixelRect where) = lecture.Titles.ReadAt(lecture.Cut, frame, Left);
            Assert.Equal((frame, Title), (frame, text));
            Assert.InRange(where.X, 8, 14);
        });
        Assert.Equal("", lecture.Titles.Read(lecture.Kept, 3, Left));
    }

    [Fact]
    public void The_recorded_clock_tells_the_time_since_the_start_of_every_frame_also_behind_a_cut()
    {
        Assert.Equal(Seconds * Rate - (ResumeFrame - PauseFrame), lecture.Cut.Frames);
        Assert.All(Enumerable.Range(0, lecture.Cut.Frames), frame =>
        {
            int recorded = frame < PauseFrame ? frame : frame + ResumeFrame - PauseFrame;
            (string text, PixelRect where) = lecture.RecordedTimes.ReadAt(lecture.Cut, frame, Right);
            Assert.Equal((frame, $"00:00:0{recorded / Rate}"), (frame, text));
            Assert.InRange(where.X + where.Width, Width - 14, Width - 8);
        });
    }

    [Fact]
    public void The_wall_clock_tells_the_date_and_time_of_every_frame_also_on_the_card() => Assert.All(Enumerable.Range(0, lecture.Kept.Frames), frame =>
        Assert.Equal((frame, Lecture.Wall(((TestRecording.OriginUs * Rate) + (frame * 1_000_000L)) / Rate)), (frame, lecture.WallTimes.Read(lecture.Kept, frame, Right))));

    [Fact]
    public void A_kept_pause_is_a_card_without_sound_for_as_long_as_it_lasted_and_then_there_are_pictures_again()
    {
        Assert.Equal(Seconds * Rate, lecture.Kept.Frames);
        Assert.All(Enumerable.Range(0, lecture.Kept.Frames), frame =>
        {
            bool isCard = frame is >= PauseFrame and < ResumeFrame;
            Assert.Equal((frame, isCard ? "Recording paused" : ""), (frame, isCard ? lecture.Cards.Read(lecture.Kept, frame, Middle) : ""));
            Assert.Equal((frame, isCard, isCard, isCard), (frame, IsForest(frame, 115, 60), IsForest(frame, 160, 150), IsForest(frame, 250, 110)));
            Assert.Equal((frame, !isCard), (frame, lecture.Kept.PixelAt(frame, 6, 110) == "red"));
        });
        Assert.All([0.2, 1.2, 2.2, 6.2, 7.2, 8.2], at => Assert.InRange(lecture.Kept.Tone(Lecture.Hertz, at, at + 0.5), 0.08, 0.2));
        Assert.InRange(lecture.Kept.Peak(3.45, 5.95), 0, 30);

        bool IsForest(int frame, int x, int y) => lecture.Kept.HasColour(frame, x, y, Forest);
    }

    [Fact]
    public void A_cut_pause_leaves_neither_a_frame_nor_a_sample()
    {
        Assert.All(Enumerable.Range(0, lecture.Cut.Frames), frame => Assert.Equal((frame, "red"), (frame, lecture.Cut.PixelAt(frame, 6, 110))));
        Assert.InRange(lecture.Cut.AudioSeconds, 6.4 - 0.03, 6.4 + 0.05);
        Assert.All(Enumerable.Range(0, 6), second => Assert.InRange(lecture.Cut.Tone(Lecture.Hertz, second + 0.1, second + 0.9), 0.08, 0.2));
    }

    [Fact]
    public void Contained_is_the_whole_picture_between_bars_and_covering_its_middle_without()
    {
        // alice's camera is contained, bob's covers as the composition says, and a screen is whole in spite of it.
        foreach (Decoded film in new[] { lecture.Cut, lecture.Kept })
        {
            foreach (PixelRect tile in new[] { Tiles[0], Tiles[2] })
            {
                Assert.Equal("red yellow lime cyan blue magenta white black", Row(film, tile, 113, 6, 19, 31, 44, 56, 69, 81, 94));
                Assert.All([48, 84, 142, 177], y => Assert.True(film.HasColour(4, tile.X + 50, y, Tile)));
            }

            Assert.All([47, 113, 161], y => Assert.Equal("lime lime cyan cyan blue blue magenta magenta", Row(film, Tiles[1], y, 1, 14, 19, 47, 53, 81, 86, 98)));
            Assert.Equal("lime cyan blue", Row(film, Tiles[1], 178, 1, 19, 53));
        }

        string Row(Decoded film, PixelRect tile, int y, params int[] columns) => string.Join(' ', columns.Select(x => film.PixelAt(4, tile.X + x, y)));
    }

    [Fact]
    public void Where_no_tile_is_there_is_the_colour_or_the_middle_of_the_picture_behind()
    {
        Assert.All([(2, 2), (317, 2), (105, 60), (105, 178), (215, 110), (2, 40), (317, 40)], at => Assert.True(lecture.Cut.HasColour(4, at.Item1, at.Item2, Ground), $"{at}"));

        // The picture is square: it fills the width, and what is magenta above and below is cut off.
        Assert.All([(2, 2), (2, 40), (70, 2)], at => Assert.True(lecture.Kept.HasColour(4, at.Item1, at.Item2, Navy), $"{at}"));
        Assert.All([(90, 2), (317, 2), (105, 60), (105, 178), (215, 178), (317, 40)], at => Assert.True(lecture.Kept.HasColour(4, at.Item1, at.Item2, Forest), $"{at}"));
    }

    [Fact]
    public void Signs_of_closed_microphones_are_left_out_when_they_are_not_wanted()
    {
        // bob has no microphone; only one of the two has signs, and screens have none.
        var sign = new PixelRect(192, 162, 16, 16);
        int[] differing = [.. Tiles.Select(tile => lecture.Cut.Differing(4, lecture.Kept, 4, tile).Count)];
        Assert.Equal((0, 0), (differing[0], differing[2]));
        Assert.InRange(differing[1], 60, 256);
        Assert.Equal(differing[1], lecture.Cut.Differing(4, lecture.Kept, 4, sign).Count);
    }

    /// <summary>Stripes of eight colours from two cameras and a screen, and a tone, with a pause.</summary>
    public sealed class Lecture : IAsyncLifetime
    {
        public const double Hertz = 500;
        private static readonly string[] _stripes = ["red", "yellow", "0x00ff00", "cyan", "blue", "magenta", "white", "black"];
        private readonly ScratchDirectory _scratch = ScratchDirectory.Create();

        /// <summary>The pause is cut; title, clock since the start, a coloured ground.</summary>
        public Decoded Cut { get; private set; } = null!;

        /// <summary>The pause is kept; clock of the wall, a picture as the ground, microphones.</summary>
        public Decoded Kept { get; private set; } = null!;

        public DrawnText Titles { get; private set; } = null!;

        public DrawnText RecordedTimes { get; private set; } = null!;

        public DrawnText WallTimes { get; private set; } = null!;

        public DrawnText Cards { get; private set; } = null!;

        public static string Wall(long timeUs) => DateTimeOffset.FromUnixTimeSeconds(timeUs / 1_000_000).ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

        public async Task InitializeAsync()
        {
            DirectoryInfo directory = _scratch.Directory.CreateSubdirectory("recording");
            var recording = new TestRecording(directory, Seconds);
            TestMedia stripes = new()
            {
                Size = "160x80",
                FrameRate = Rate,
                KeyFrames = 2 * Rate,
                Source = "color=c=black",
                Filter = string.Join(',', _stripes.Select((colour, i) => $"drawbox=x={20 * i}:y=0:w=20:h=80:c={colour}:t=fill")),
                Windows = [(0, 3.4), (6, 3)],
            };
            await recording.AddVideoAsync("alice", "", 0, Seconds, options: stripes);

            // Of her sound more is stored than there should be.
            await recording.AddAudioAsync("alice", 0, Seconds, options: new TestMedia { Source = $"sine=frequency={Hertz}" });
            await recording.AddVideoAsync("alice", "", 0, Seconds, options: stripes with { IsScreenshare = true });
            await recording.AddVideoAsync("bob", "", 0, Seconds, options: stripes);
            recording.AddEvent(3.4, "recording_paused");
            recording.AddEvent(6, "recording_resumed");
            await recording.WriteDocumentsAsync();

            FileInfo ground = _scratch.File("ground.png");
            await Tools.Run.RunAsync(
                [
                    "-f", "lavfi", "-i", $"color=c=0x{Forest:x6}:s=64x64,format=rgb24,drawbox=w=16:h=64:c=0x{Navy:x6}:t=fill,drawbox=w=64:h=12:c=magenta:t=fill,drawbox=y=52:w=64:h=12:c=magenta:t=fill",
                    "-frames:v", "1", "-y", ground.FullName,
                ],
                _scratch.Directory);
            CompositionSettings settings = CompositionSettings.Parse($$"""
                {"width":{{Width}},"height":{{Height}},"frame_rate":{{Rate}},"labels":false,"fit":"cover","layout":{"regions":[
                  {"y":46,"width":100,"height":134,"fit":"contain","sources":["camera:alice"]},
                  {"x":110,"y":46,"width":100,"height":134,"sources":["camera:bob"]},
                  {"x":220,"y":46,"width":100,"height":134,"sources":["screen:*"]}
                ]
                }
                }
                """);
            var composer = new OfflineComposer(
                new FfmpegOptions(), new RenderOptions { Preset = "ultrafast", Quality = 1, ShortestChunkSeconds = 2, LongestChunkSeconds = 2 }, TimeProvider.System);
            FileInfo film = _scratch.File("film.mp4");
            await composer.ComposeAsync(directory, settings with { Title = Title, Clock = "recorded", Background = Ground, Microphones = false }, film);
            Cut = await Decoded.ReadAsync(film, Width, Height, Rate);
            await composer.ComposeAsync(directory, settings with { KeepsPauses = true, Clock = "wall" }, film, inputs: new OfflineInputs(BackgroundImage: ground));
            Kept = await Decoded.ReadAsync(film, Width, Height, Rate);

            Titles = await DrawnText.OfAsync(10, Title, "Plan A: 100 % 'quoted'", "Plan B: 100 % quoted", "Plan B");
            RecordedTimes = await DrawnText.OfAsync(10, [.. Enumerable.Range(0, Seconds + 1).Select(second => $"00:00:0{second}")]);
            WallTimes = await DrawnText.OfAsync(10, [.. Enumerable.Range(0, Seconds + 1).Select(second => Wall(TestRecording.OriginUs + (second * 1_000_000L)))]);
            Cards = await DrawnText.OfAsync(12, "Recording paused", "Recording", "paused");
        }

        public Task DisposeAsync()
        {
            _scratch.Dispose();
            return Task.CompletedTask;
        }
    }
}
