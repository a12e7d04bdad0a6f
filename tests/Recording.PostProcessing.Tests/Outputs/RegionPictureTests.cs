using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Tests.Support;

namespace Recording.PostProcessing.Tests.Outputs;

/// <summary>Which sources a region of a custom layout shows, in which cells: three groups of people who come and go alike, decoded.</summary>
public sealed class RegionPictureTests(RegionPictureTests.Crowd crowd) : IClassFixture<RegionPictureTests.Crowd>
{
    private const int Width = 320;
    private const int Height = 180;
    private const int Rate = 5;
    private const int Seconds = 18;
    private const int Tile = 0x24272E;
    private const int Ground = 0x204060;

    // Middles of the cells of a row of two, three or four, and of the four rows of the picture.
    private static readonly int[] Two = [80, 240];
    private static readonly int[] Three = [53, 159, 265];
    private static readonly int[] Four = [40, 120, 200, 280];
    private static readonly int[] Rows = [22, 66, 110, 154];

    [Fact]
    public void With_reuse_oldest_a_cell_that_becomes_free_goes_to_who_waited_longest() => SeenIn(
        Rows[0], Two, "red red", "red lime", "red lime", "red lime", "red lime", "lime blue", "lime blue", "lime blue", "lime blue");

    [Fact]
    public void With_reuse_newest_whoever_came_last_has_the_cells() => SeenIn(
        Rows[1], Two, "red red", "red lime", "lime blue", "blue yellow", "blue yellow", "blue yellow", "blue yellow", "yellow red", "yellow red");

    [Fact]
    public void With_reuse_none_a_cell_stays_empty_until_its_first_owner_is_back() => SeenIn(
        Rows[2], Two, "red -", "red lime", "red lime", "red lime", "red lime", "- lime", "- lime", "red lime", "red lime");

    [Fact]
    public void In_order_of_the_speaker_who_has_the_floor_comes_first_and_then_they_stand_as_they_came() => SeenIn(
        Rows[3], Three, [.. Enumerable.Repeat("cyan magenta white", 4), .. Enumerable.Repeat("white magenta cyan", 5)]);

    [Fact]
    public void Excluded_cells_show_the_ground_and_the_others_are_filled_around_them()
    {
        // Cells 0 and 4 of 3 x 2: of seven who are wanted the first four are seen. Then cell 2 of 2 x 3, whose cells have owners.
        AtAll(9, (frame, _) =>
        {
            Assert.Equal("- magenta cyan, white - lime", $"{Row(frame, 45, 28, 80, 132)}, {Row(frame, 135, 28, 80, 132)}");
            Assert.Equal("red lime, - blue, yellow -", string.Join(", ", new[] { 30, 90, 150 }.Select(y => Row(frame, y, 200, 280))));
            Assert.Equal(0, Count(frame, 0, 0, 160, 180, "blue", "yellow", "red"));
        });
    }

    [Fact]
    public void Columns_and_rows_are_no_more_than_the_region_may_have()
    {
        AtAll(10, (frame, _) =>
        {
            // Left to themselves the first two would be 2 x 2, and the fourth 3 x 1.
            Assert.Equal("lime blue yellow red", Column(frame, 80, 11, 33, 55, 77));
            Assert.Equal("lime blue yellow red", Row(frame, 45, 180, 220, 260, 300));
            Assert.Equal("lime blue", Column(frame, 80, 112, 157));
            Assert.Equal(0, Count(frame, 0, 90, 160, 90, "red", "yellow"));
            Assert.Equal("magenta cyan, - white -", $"{Row(frame, 100, 200, 280)}, {Row(frame, 120, 170, 240, 310)}");

            // Those for whom there was no cell are left to the next region.
            Assert.Equal("yellow red", Row(frame, 155, 180, 220));
        });
    }

    [Fact]
    public void Sources_stand_by_their_pattern_and_then_by_name_or_as_they_came()
    {
        AtAll(11, (frame, _) =>
        {
            Assert.Equal("blue red yellow lime", Row(frame, Rows[0], Four));

            // The newest two are chosen first and put in order of their names then.
            Assert.Equal("red yellow", Row(frame, Rows[1], Two));
            Assert.Equal("yellow red blue", Row(frame, Rows[2], Three));
            Assert.Equal("magenta cyan white", Row(frame, Rows[3], Three));
        });
    }

    [Fact]
    public void Patterns_take_whom_they_match_unless_another_leaves_him_out_or_an_earlier_region_has_him()
    {
        AtAll(12, (frame, _) =>
        {
            Assert.Equal("white blue blue blue", Row(frame, Rows[0], Four));
            Assert.Equal("lime red, lime yellow red", $"{Row(frame, Rows[1], 40, 120)}, {Row(frame, Rows[1], 186, 238, 290)}");

            // Everybody that is left, with a screen and without who has no picture; he stands in the last region, which wants no o1 when it says o.
            Assert.Equal("magenta cyan yellow black", Row(frame, Rows[2], Four));
            Assert.Equal("tile tile", Row(frame, Rows[3], 4, 315));
        });
    }

    [Fact]
    public void The_most_wanted_source_is_seen_as_long_as_it_is_there_and_then_the_speaker()
    {
        AtAll(13, (frame, _) => Assert.Equal("black, white magenta cyan", $"{Row(frame, 90, 120)}, {Column(frame, 280, 30, 90, 150)}"));
        AtAll(14, (frame, _) => Assert.Equal("white, magenta cyan", $"{Row(frame, 90, 120)}, {Column(frame, 280, 45, 135)}"));
        AtAll(15, (frame, _) => Assert.Equal("cyan, magenta white", $"{Row(frame, 90, 120)}, {Column(frame, 280, 45, 135)}"));
        AtAll(16, (frame, _) => Assert.Equal("cyan, magenta white", $"{Row(frame, 90, 120)}, {Column(frame, 280, 45, 135)}"));
    }

    // What is seen in each second of the first layout, in all of its frames.
    private void SeenIn(int y, int[] columns, params string[] expected)
    {
        Assert.Equal(Seconds * Rate, crowd.Film.Frames);
        for (int second = 0; second < expected.Length; second++)
        {
            AtAll(second, (frame, at) => Assert.Equal((at, expected[(int)at]), (at, Row(frame, y, columns))));
        }
    }

    private static void AtAll(int second, Action<int, double> frame)
    {
        for (int i = second * Rate; i < (second + 1) * Rate; i++)
        {
            frame(i, (double)i / Rate);
        }
    }

    private string Row(int frame, int y, params int[] columns) => string.Join(' ', columns.Select(x => Seen(frame, x, y)));

    private string Column(int frame, int x, params int[] rows) => string.Join(' ', rows.Select(y => Seen(frame, x, y)));

    private string Seen(int frame, int x, int y) => crowd.Film.HasColour(frame, x, y, Ground) ? "-" : crowd.Film.HasColour(frame, x, y, Tile) ? "tile" : crowd.Film.PixelAt(frame, x, y);

    private int Count(int frame, int x, int y, int width, int height, params string[] colours) =>
        Enumerable.Range(0, width * height).Count(i => colours.Contains(crowd.Film.PixelAt(frame, x + (i % width), y + (i / width))));

    /// <summary>o1 to o4, n1 to n4 and k1 to k4 come a second apart in red, lime, blue and yellow; the first of each is away from 5 to 7 s. s1 to s3, in magenta, cyan and white, stay and speak.</summary>
    public sealed class Crowd : IAsyncLifetime
    {
        private const string State = """
            {"muted_tracks":["m-video"],"timeline":[
              {"at_s":0,"layout":{"regions":[
                {"height":44,"max_columns":2,"max_rows":1,"sources":["camera:o*"]},
                {"y":44,"height":44,"max_columns":2,"max_rows":1,"reuse":"newest","sources":["camera:n*"]},
                {"y":88,"height":44,"max_columns":2,"max_rows":1,"reuse":"none","sources":["camera:k*"]},
                {"y":132,"height":44,"order":"speaker","sources":["camera:s*"]}]}},
              {"at_s":9,"layout":{"regions":[
                {"width":160,"max_columns":3,"max_rows":2,"cells_excluded":[0,4],"sources":["camera:s*","camera:o*"]},
                {"x":160,"width":160,"max_columns":2,"max_rows":3,"cells_excluded":[2],"reuse":"none","sources":["camera:n*"]}]}},
              {"at_s":10,"layout":{"regions":[
                {"width":160,"height":90,"max_columns":1,"sources":["camera:o*"]},
                {"x":160,"width":160,"height":90,"max_rows":1,"sources":["camera:n*"]},
                {"y":90,"width":160,"height":90,"max_columns":1,"max_rows":2,"sources":["camera:k*"]},
                {"x":160,"y":90,"width":160,"height":40,"max_columns":2,"sources":["camera:s*"]},
                {"x":160,"y":130,"width":80,"height":50,"max_rows":1,"sources":["camera:k*"]}]}},
              {"at_s":11,"layout":{"regions":[
                {"height":44,"max_rows":1,"order":"name","sources":["camera:o*"]},
                {"y":44,"height":44,"max_columns":2,"max_rows":1,"reuse":"newest","order":"name","sources":["camera:n*"]},
                {"y":88,"height":44,"max_rows":1,"order":"name","sources":["camera:k4","camera:k*","!camera:k2"]},
                {"y":132,"height":44,"max_rows":1,"order":"joined","sources":["camera:s*"]}]}},
              {"at_s":12,"layout":{"regions":[
                {"height":44,"max_rows":1,"sources":["camera:*3"]},
                {"y":44,"width":160,"height":44,"max_rows":1,"sources":["camera:k*","!camera:*4"]},
                {"x":160,"y":44,"width":160,"height":44,"max_rows":1,"sources":["track:n*-v*o"]},
                {"y":88,"height":44,"max_rows":1,"initials":false,"sources":["*","!camera:o*"]},
                {"y":132,"height":44,"sources":["camera:o","camera:m"]}]}},
              {"at_s":13,"layout":{"regions":[
                {"width":240,"max_columns":1,"max_rows":1,"sources":["screen:*","speaker"]},
                {"x":240,"width":80,"max_columns":1,"order":"speaker","sources":["camera:s*"]}]}}]}
            """;

        private static readonly string[] _colours = ["red", "0x00ff00", "blue", "yellow", "magenta", "cyan", "white"];
        private readonly ScratchDirectory _scratch = ScratchDirectory.Create();

        public Decoded Film { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            DirectoryInfo directory = _scratch.Directory.CreateSubdirectory("recording");
            var recording = new TestRecording(directory, Seconds);
            List<byte[]> pictures = PlainCameras.Pictures(_colours);
            for (int i = 0; i < 3; i++)
            {
                await AddAsync($"s{i + 1}", pictures[4 + i], "zyx"[i], (0, Seconds));
            }

            // By name o3, o1, o4, o2; n2, n3, n1, n4; k2, k1, k3, k4.
            foreach ((char group, string names) in new[] { ('o', "bdac"), ('n', "cabd"), ('k', "xwyz") })
            {
                await AddAsync($"{group}1", pictures[0], names[0], (0, 5), (7, Seconds));
                for (int i = 1; i < 4; i++)
                {
                    await AddAsync($"{group}{i + 1}", pictures[i], names[i], (i, Seconds));
                }

                recording.AddEvent(5, "peer_left", $"{group}1");
                recording.AddEvent(5, "producer_paused", $"{group}1", $"{group}1-video");
                recording.AddEvent(7, "peer_joined", $"{group}1");
                recording.AddEvent(7, "producer_resumed", $"{group}1", $"{group}1-video");
            }

            await AddAsync("m", pictures[0], 'm', (0, Seconds));
            await recording.AddVideoAsync("s1", "", 12, 2, options: new TestMedia { Size = "160x90", FrameRate = Rate, Source = "color=c=black", IsScreenshare = true });
            recording.AddEvent(14, "track_unsubscribed", "s1", "s1-screen");
            foreach ((int at, string peer) in new[] { (0, "s2"), (4, "s3"), (15, "s2") })
            {
                recording.AddEvent(at, "active_speaker", peer);
            }

            await recording.WriteDocumentsAsync();
            CompositionSettings settings = CompositionSettings.Parse($$"""
                {"width":{{Width}},"height":{{Height}},"frame_rate":{{Rate}},"labels":false,"microphones":false,"fit":"cover","background":"#{{Ground:x6}}","state":{{State}}}
                """);
            var composer = new OfflineComposer(
                new FfmpegOptions(), new RenderOptions { Preset = "ultrafast", Quality = 1, ShortestChunkSeconds = 3, LongestChunkSeconds = 3 }, TimeProvider.System);
            FileInfo film = _scratch.File("film.mp4");
            await composer.ComposeAsync(directory, settings, film);
            Film = await Decoded.ReadAsync(film, Width, Height, Rate);

            async Task AddAsync(string peer, byte[] picture, char name, params (double From, double To)[] on)
            {
                await recording.AddCameraAsync(peer, picture, on);
                recording.SetPresence(peer, on[0].From, on[^1].To, name.ToString());
            }
        }

        public Task DisposeAsync()
        {
            _scratch.Dispose();
            return Task.CompletedTask;
        }
    }
}
