using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Tests.Support;

namespace Recording.PostProcessing.Tests.Outputs;

/// <summary>The strip of the speaker layout when there are more people than it holds, decoded: who stands in which of its tiles, frame by frame.</summary>
public sealed class StripPageTests(StripPageTests.Round round) : IClassFixture<StripPageTests.Round>
{
    private const int Width = 320;
    private const int Height = 180;
    private const int Rate = 2;
    private const int Seconds = 42;
    private const int People = 12;
    private const int PageSeconds = 10;
    private const int Nobody = -1;

    // The strip is the right fifth of the picture and holds five tiles of 64 x 36.
    private const int Tiles = 5;
    private const int TileHeight = 36;
    private const int StripX = 288;
    private const int Ground = 0xFFFFFF;

    // The first has the floor, from here on the eighth; the last one leaves.
    private const int FloorChanges = 15;
    private const int Eighth = 7;
    private const int LastLeaves = 25;

    [Fact]
    public void Pages_turn_every_ten_seconds_and_each_of_the_others_stands_in_his_tile()
    {
        Assert.Equal(Seconds * Rate, round.Film.Frames);
        for (int frame = 0; frame < round.Film.Frames; frame++)
        {
            int second = frame / Rate;
            int floor = second < FloorChanges ? 0 : Eighth;
            int[] others = [.. Enumerable.Range(0, second < LastLeaves ? People : People - 1).Where(person => person != floor)];
            int[][] pages = [.. others.Chunk(Tiles)];
            int[] page = pages[second / PageSeconds % pages.Length];

            // A page with fewer stands in the middle of the strip.
            int top = (Tiles - page.Length) * TileHeight / 2;
            Assert.Equal((second, $"{floor}: {string.Join(' ', page)}"), (second, $"{Seen(frame, 128, 90)}: {string.Join(' ', Enumerable.Range(0, page.Length).Select(i => Seen(frame, StripX, top + (TileHeight / 2) + (i * TileHeight))))}"));
            Assert.All(Enumerable.Range(0, Height).Where(y => y < top || y >= top + (page.Length * TileHeight)), y => Assert.True(round.Film.HasColour(frame, StripX, y, Ground), $"{frame}: {y}"));
        }
    }

    [Fact]
    public void Everybody_is_seen_in_the_strip_within_three_pages_and_no_one_twice_on_a_page()
    {
        List<int>[] pages = [.. Enumerable.Range(0, Seconds / PageSeconds).Select(page => InStrip(page * PageSeconds * Rate))];
        Assert.All(pages, page => Assert.Equal(page.Count, page.Distinct().Count()));
        Assert.Equal([5, 5, 1, 5], pages.Select(page => page.Count));
        Assert.Equal(Enumerable.Range(1, People - 1), pages.Take(3).SelectMany(page => page).Distinct().Order());
    }

    // Whoever shows a pixel in the middle of the strip, from top to bottom.
    private List<int> InStrip(int frame)
    {
        List<int> seen = [];
        for (int y = 0; y < Height; y++)
        {
            int person = Seen(frame, StripX, y);
            if (person != Nobody && (y == 0 || Seen(frame, StripX, y - 1) != person))
            {
                seen.Add(person);
            }
        }

        return seen;
    }

    private int Seen(int frame, int x, int y) => Enumerable.Range(0, People).FirstOrDefault(person => round.Film.HasColour(frame, x, y, ColourOf(person)), Nobody);

    // No two are nearer than half the range in every channel, nor is the ground or a tile.
    private static int ColourOf(int person) => (Level((person + 1) / 9) << 16) | (Level((person + 1) / 3 % 3) << 8) | Level((person + 1) % 3);

    private static int Level(int third) => third switch { 0 => 0, 1 => 128, _ => 255 };

    /// <summary>Twelve people, each in a colour of his own.</summary>
    public sealed class Round : IAsyncLifetime
    {
        private readonly ScratchDirectory _scratch = ScratchDirectory.Create();

        public Decoded Film { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            DirectoryInfo directory = _scratch.Directory.CreateSubdirectory("recording");
            var recording = new TestRecording(directory, Seconds);
            List<byte[]> pictures = PlainCameras.Pictures([.. Enumerable.Range(0, People).Select(person => $"0x{ColourOf(person):x6}")]);
            for (int person = 0; person < People; person++)
            {
                int end = person == People - 1 ? LastLeaves : Seconds;
                await recording.AddCameraAsync($"p{person:00}", pictures[person], (0, end));
                recording.SetPresence($"p{person:00}", 0, end);
            }

            recording.AddEvent(0, "active_speaker", "p00");
            recording.AddEvent(FloorChanges, "active_speaker", $"p{Eighth:00}");
            await recording.WriteDocumentsAsync();
            CompositionSettings settings = CompositionSettings.Parse($$"""
                {"layout":"speaker","width":{{Width}},"height":{{Height}},"frame_rate":{{Rate}},"labels":false,"microphones":false,"background":"#{{Ground:x6}}"}
                """);
            var composer = new OfflineComposer(
                new FfmpegOptions(), new RenderOptions { Preset = "ultrafast", Quality = 1, ShortestChunkSeconds = 11, LongestChunkSeconds = 11 }, TimeProvider.System);
            FileInfo film = _scratch.File("film.mp4");
            await composer.ComposeAsync(directory, settings, film);
            Film = await Decoded.ReadAsync(film, Width, Height, Rate);
        }

        public Task DisposeAsync()
        {
            _scratch.Dispose();
            return Task.CompletedTask;
        }
    }
}
