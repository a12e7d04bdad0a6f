using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Layout;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Tests.Support;

namespace Recording.PostProcessing.Tests.Outputs;

/// <summary>Every layout, pins, names, initials, microphones and mutes as they are seen and heard: one meeting, decoded.</summary>
public sealed class ScenePictureTests(ScenePictureTests.Meeting meeting) : IClassFixture<ScenePictureTests.Meeting>
{
    private const int Width = 320;
    private const int Height = 180;
    private const int Rate = 5;
    private const double Seconds = 18;
    private const int Tile = 0x24272E;
    private static readonly PixelRect Whole = new(0, 0, Width, Height);

    // Three tiles of a grid, and where a microphone's sign and a name stand in one.
    private static readonly PixelRect[] Tiles = [new(2, 2, 156, 86), new(162, 2, 156, 86), new(82, 92, 156, 86)];

    private Decoded Film => meeting.Film;

    [Fact]
    public void A_grid_shows_cameras_and_the_initials_of_who_has_none()
    {
        Assert.Equal((int)(Seconds * Rate), Film.Frames);
        Assert.Equal("red blue #CD", Grid(At(0.4)));

        // In the state bob's camera is muted from 2 to 3 s.
        Assert.Equal("blue #BZ #BZ", string.Join(' ', new[] { At(2) - 1, At(2), At(3) - 1 }.Select(frame => Seen(frame, Tiles[1]))));
    }

    [Fact]
    public void The_large_picture_changes_in_the_frame_in_which_another_takes_the_floor()
    {
        // alice, from 5 s bob, through an interjection of carol at 7.4; at 9 alice again, but bob is pinned.
        int[] frames = [.. Enumerable.Range(At(3), At(10) - At(3))];
        Assert.All(frames, frame => Assert.Equal(
            (frame, frame < At(5) ? "red blue" : "blue red", true),
            (frame, $"{Film.PixelAt(frame, 128, 90)} {Film.PixelAt(frame, 288, 72)}", Film.HasColour(frame, 262, 96, Tile))));
    }

    [Fact]
    public void Picture_in_picture_has_the_smaller_one_on_top_of_its_corner()
    {
        Assert.Equal("red blue", $"{Film.PixelAt(At(10.4), 60, 60)} {Film.PixelAt(At(10.4), 276, 154)}");
        Assert.Equal("red red", $"{Film.PixelAt(At(10.4), 230, 154)} {Film.PixelAt(At(10.4), 276, 126)}");

        // Who is pinned has no picture: initials, and alice over their tile.
        Assert.Equal("#CD red", $"{Seen(At(11.4), Whole)} {Film.PixelAt(At(11.4), 276, 154)}");
        Assert.Equal("#CD red blue", Grid(At(12.4)));
    }

    [Fact]
    public void A_shared_screen_is_large_and_whole_with_the_speaker_beside_it()
    {
        Assert.Equal("lime red blue", $"{Film.PixelAt(At(13.4), 128, 90)} {Film.PixelAt(At(13.4), 288, 54)} {Film.PixelAt(At(13.4), 288, 90)}");

        // carol's tile; and bars of the same colour above and below 256x96 in 256x180.
        Assert.All([(262, 114), (128, 4), (128, 38), (200, 142), (200, 176)], at => Assert.True(Film.HasColour(At(13.4), at.Item1, at.Item2, Tile)));
    }

    [Fact]
    public void Regions_that_overlap_lie_in_the_order_of_their_z_and_then_of_the_list()
    {
        // alice left (z 1), bob right (z 0), carol's tile over both (z 2); then all are alike, and carol is first.
        Assert.Equal("red red blue", Row(At(14.4), 30));
        Assert.True(Film.HasColour(At(14.4), 143, 63, Tile) && Film.HasColour(At(14.4), 177, 117, Tile));
        Assert.Equal("#CD", Seen(At(14.4), new PixelRect(140, 60, 40, 60)));
        Assert.Equal("red blue blue", Row(At(15.4), 30));
        Assert.Equal("blue blue", $"{Film.PixelAt(At(15.4), 143, 63)} {Film.PixelAt(At(15.4), 177, 117)}");

        string Row(int frame, int y) => string.Join(' ', new[] { 60, 160, 260 }.Select(x => Film.PixelAt(frame, x, y)));
    }

    [Fact]
    public void Audio_only_shows_no_picture_of_anybody_and_single_nothing_else()
    {
        Assert.Equal("#AO #BZ #CD", Grid(At(16.4)));
        Assert.All(
            Enumerable.Range(0, (Width / 8) * (Height / 8)),
            i => Assert.Equal("blue", Film.PixelAt(At(17.4), 4 + (i % (Width / 8) * 8), 4 + (i / (Width / 8) * 8))));
    }

    [Fact]
    public void Names_are_written_in_the_corners_of_their_tiles_and_nowhere_else()
    {
        Assert.Equal("Alice Ox, Bob Zimt, Carol Danvers", string.Join(", ", Tiles.Select(tile => meeting.Names.Read(Film, At(1.6), LabelOf(tile)))));
        Assert.All(Tiles, tile => Assert.Equal("", meeting.Names.Read(meeting.Nameless, At(1.6), LabelOf(tile))));
        List<(int X, int Y)> differing = Film.Differing(At(1.6), meeting.Nameless, At(1.6), Whole);
        Assert.All(differing, pixel => Assert.Contains(Tiles, tile => Has(LabelOf(tile), pixel)));
        Assert.All(Tiles, tile => Assert.InRange(differing.Count(pixel => Has(LabelOf(tile), pixel)), 100, 1200));

        // A name stays when the camera goes; a region that shall have none, and single, have none.
        Assert.Equal("Bob Zimt", meeting.Names.Read(Film, At(2.4), LabelOf(Tiles[1])));
        Assert.Equal("Alice Ox", meeting.Names.Read(Film, At(14.4), new PixelRect(1, 93, 80, 16)));
        Assert.Equal("", meeting.Names.Read(Film, At(15.4), new PixelRect(1, 93, 80, 16)));
        Assert.Equal("Bob Zimt (screen)", meeting.LargeNames.Read(Film, At(13.4), new PixelRect(1, 158, 140, 21)));
    }

    [Fact]
    public void The_sign_of_a_closed_microphone_is_there_in_just_the_frames_in_which_it_is_closed()
    {
        // alice closes hers from 0.6 to 1.2 s; bob's is closed from the start to 1.4.
        int open = At(2) - 1;
        for (int frame = 0; frame < At(2); frame++)
        {
            List<(int X, int Y)> differing = Film.Differing(frame, Film, open, Whole);
            PixelRect[] signs = [.. new[] { (Tile: 0, IsOff: frame is >= 3 and < 6), (Tile: 1, IsOff: frame < 7) }.Where(sign => sign.IsOff).Select(sign => SignOf(Tiles[sign.Tile]))];
            Assert.All(differing, pixel => Assert.Contains(signs, sign => Has(sign, pixel)));
            Assert.All(signs, sign => Assert.InRange(differing.Count(pixel => Has(sign, pixel)), 60, 196));
        }
    }

    [Fact]
    public void A_muted_track_is_silent_for_as_long_as_the_state_says_and_the_others_are_not()
    {
        (double From, double To)[] alice = [(0, 0.6), (1.2, 3), (5, Seconds)];
        (double From, double To)[] bob = [(1.4, 8), (9, Seconds)];
        (double From, double To)[] carol = [(4, Seconds)];
        foreach ((double hertz, (double From, double To)[] heard) in new[] { (Meeting.AliceHertz, alice), (Meeting.BobHertz, bob), (Meeting.CarolHertz, carol) })
        {
            for (double from = 0.05; from < Seconds - 0.3; from += 0.2)
            {
                // 40 ms for the network and the frames of two codecs.
                bool isIn = heard.Any(span => from >= span.From + 0.04 && from + 0.1 <= span.To - 0.04);
                bool isOut = heard.All(span => from + 0.1 <= span.From - 0.04 || from >= span.To + 0.04);
                double loud = Film.Tone(hertz, from, from + 0.1);
                Assert.True((isIn || isOut) && (isIn ? loud > 0.08 : loud < 0.004), $"{hertz} Hz at {from:0.00} s: {loud:0.0000}, in {isIn}, out {isOut}");
            }
        }
    }

    [Fact]
    public void Single_has_the_sound_of_its_participant_alone()
    {
        short[] samples = meeting.OfBob;
        Assert.InRange(samples.Length / 48_000.0, Seconds - 0.05, Seconds + 0.05);
        ReadOnlySpan<short> second = samples.AsSpan(6 * 48_000, 48_000);
        Assert.InRange(Decoded.ToneOf(second, Meeting.BobHertz), 0.08, 0.2);
        Assert.InRange(Decoded.ToneOf(second, Meeting.AliceHertz), 0, 0.001);
        Assert.InRange(Decoded.ToneOf(second, Meeting.CarolHertz), 0, 0.001);
    }

    private static int At(double seconds) => (int)Math.Round(seconds * Rate);

    private static bool Has(PixelRect rect, (int X, int Y) pixel) => pixel.X >= rect.X && pixel.X < rect.X + rect.Width && pixel.Y >= rect.Y && pixel.Y < rect.Y + rect.Height;

    private static PixelRect LabelOf(PixelRect tile) => new(tile.X + 1, tile.Y + tile.Height - 17, 80, 16);

    private static PixelRect SignOf(PixelRect tile) => new(tile.X + tile.Width - 18, tile.Y + tile.Height - 18, 16, 16);

    private string Grid(int frame) => string.Join(' ', Tiles.Select(tile => Seen(frame, tile)));

    // The colour of a place, or # and the initials on the disc in its middle.
    private string Seen(int frame, PixelRect place)
    {
        (int x, int y) = (place.X + (place.Width / 2), place.Y + (place.Height / 2));
        int side = Math.Min(place.Width, place.Height);
        (int halfWidth, int halfHeight) = (side * 17 / 100, side * 12 / 100);
        string colour = Film.PixelAt(frame, x, y - halfHeight);
        return colour.StartsWith('#')
            ? "#" + meeting.Initials[side].Read(Film, frame, new PixelRect(x - halfWidth, y - halfHeight, 2 * halfWidth, 2 * halfHeight))
            : colour;
    }

    /// <summary>Alice in red, bob in blue, who also shares a green screen, and carol, who is only heard; in all layouts.</summary>
    public sealed class Meeting : IAsyncLifetime
    {
        public const double AliceHertz = 500;
        public const double BobHertz = 1200;
        public const double CarolHertz = 2700;
        private const string State = """
            {"muted_tracks":["carol-audio"],"timeline":[
              {"at_s":2,"mute":["bob-video"]},
              {"at_s":3,"layout":"speaker","unmute":["bob-video"],"mute":["alice-audio"]},
              {"at_s":4,"unmute":["carol-audio"]},
              {"at_s":5,"unmute":["alice-audio"]},
              {"at_s":8,"mute":["bob-audio"]},
              {"at_s":9,"pin":"bob","unmute":["bob-audio"]},
              {"at_s":10,"layout":"pip","pin":null},
              {"at_s":11,"pin":"carol"},
              {"at_s":12,"layout":"grid"},
              {"at_s":13,"layout":"screenshare","pin":null},
              {"at_s":14,"layout":{"regions":[
                {"width":200,"height":110,"z":1,"fit":"cover","sources":["camera:alice"]},
                {"x":120,"width":200,"fit":"cover","sources":["camera:bob"]},
                {"x":140,"y":60,"width":40,"height":60,"z":2,"sources":["camera:carol"]}]}},
              {"at_s":15,"layout":{"regions":[
                {"x":140,"y":60,"width":40,"height":60,"sources":["camera:carol"]},
                {"width":200,"height":110,"fit":"cover","labels":false,"sources":["camera:alice"]},
                {"x":120,"width":200,"fit":"cover","sources":["camera:bob"]}]}},
              {"at_s":16,"layout":"audio-only"},
              {"at_s":17,"layout":"single:bob"}]}
            """;

        private readonly ScratchDirectory _scratch = ScratchDirectory.Create();

        public Decoded Film { get; private set; } = null!;

        public Decoded Nameless { get; private set; } = null!;

        public short[] OfBob { get; private set; } = [];

        public DrawnText Names { get; private set; } = null!;

        public DrawnText LargeNames { get; private set; } = null!;

        // By the shorter side of the tile.
        public IReadOnlyDictionary<int, DrawnText> Initials { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            DirectoryInfo directory = _scratch.Directory.CreateSubdirectory("recording");
            var recording = new TestRecording(directory, Seconds);
            TestMedia picture = new() { Size = "160x90", FrameRate = Rate, KeyFrames = 2 * Rate };
            await recording.AddVideoAsync("alice", "", 0, Seconds, options: picture with { Source = "color=c=red" });
            await recording.AddAudioAsync("alice", 0, Seconds, options: Tone(AliceHertz) with { Windows = [(0, 0.6), (1.2, Seconds - 1.2)] });
            await recording.AddVideoAsync("bob", "", 0, Seconds, options: picture with { Source = "color=c=blue" });
            await recording.AddAudioAsync("bob", 0, Seconds, options: Tone(BobHertz) with { Windows = [(1.4, Seconds - 1.4)] });
            await recording.AddAudioAsync("carol", 0, Seconds, options: Tone(CarolHertz));
            await recording.AddVideoAsync("bob", "", 13, Seconds - 13, options: picture with { Size = "160x60", Source = "color=c=0x00ff00", IsScreenshare = true });
            recording.SetPresence("alice", 0, Seconds, "Alice Ox");
            recording.SetPresence("bob", 0, Seconds, "Bob Zimt");
            recording.SetPresence("carol", 0, Seconds, "Carol Danvers");
            recording.AddEvent(0, "producer_paused", "bob", "bob-audio");
            recording.AddEvent(1.4, "producer_resumed", "bob", "bob-audio");
            recording.AddEvent(0.6, "producer_paused", "alice", "alice-audio");
            recording.AddEvent(1.2, "producer_resumed", "alice", "alice-audio");
            foreach ((double at, string peer) in new[] { (0, "alice"), (5, "bob"), (7.4, "carol"), (8.2, "bob"), (9, "alice") })
            {
                recording.AddEvent(at, "active_speaker", peer);
            }

            await recording.WriteDocumentsAsync();
            CompositionSettings settings = CompositionSettings.Parse($$"""{"width":{{Width}},"height":{{Height}},"frame_rate":{{Rate}},"state":{{State}}}""");
            var composer = new OfflineComposer(
                new FfmpegOptions(), new RenderOptions { Preset = "ultrafast", Quality = 1, ShortestChunkSeconds = 5, LongestChunkSeconds = 5 }, TimeProvider.System);
            FileInfo film = _scratch.File("film.mp4");
            await composer.ComposeAsync(directory, settings, film);
            Film = await Decoded.ReadAsync(film, Width, Height, Rate);
            await composer.ComposeAsync(directory, settings with { State = null, Labels = false, ToSeconds = 2 }, film);
            Nameless = await Decoded.ReadAsync(film, Width, Height, Rate);
            FileInfo sound = _scratch.File("bob.m4a");
            await composer.ComposeAsync(directory, settings with { State = null, Layout = "single:bob", Format = "m4a" }, sound);
            OfBob = await Decoded.SamplesAsync(sound);
            Names = await DrawnText.OfAsync(8, "Alice Ox", "Bob Zimt", "Carol Danvers", "Alice", "Bob", "alice", "bob", "carol");
            LargeNames = await DrawnText.OfAsync(12, "Bob Zimt (screen)", "Bob Zimt", "Bob Zimt (video)");
            Initials = new Dictionary<int, DrawnText> { [180] = await InitialsAsync(34), [86] = await InitialsAsync(15), [40] = await InitialsAsync(7) };
        }

        public Task DisposeAsync()
        {
            _scratch.Dispose();
            return Task.CompletedTask;
        }

        private static Task<DrawnText> InitialsAsync(int size) => DrawnText.OfAsync(size, "AO", "BZ", "CD", "A", "B", "C", "OA", "ZB", "DC");

        private static TestMedia Tone(double hertz) => new() { Source = $"sine=frequency={hertz}" };
    }
}
