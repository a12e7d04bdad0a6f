namespace Recording.EndToEnd.Browser;

/// <summary>Real browsers, real WebRTC: what Chromium sends through an SFU with the npm package is stored exactly once and becomes a film.</summary>
public sealed class BrowserTests
{
    private const double MaxOffset = 0.040;

    [Fact]
    public async Task A_browser_with_VP8_and_Opus_is_recorded_and_its_film_is_in_sync()
    {
        await using BrowserSession session = await BrowserSession.PlayAsync("plain");
        Assert.Equal("alice-audio opus, alice-video vp8", Tracks(session));
        Assert.True(session.Verified.GetProperty("reports").GetInt64() > 0, "no sender report was stored");

        Film film = await session.ComposeAsync();

        double from = session.At("published", "alice");
        double to = session.At("left", "alice");
        AssertShown(film, Looks.Alice, from + 0.7, to - 0.5);
        AssertInSync(film, Looks.Alice, 6);
    }

    private static string Tracks(BrowserSession session) =>
        string.Join(", ", session.Recording.Tracks.Select(static track => $"{track.TrackId} {track.Codec}").Order(StringComparer.Ordinal));

    private static void AssertShown(Film film, Look look, double from, double to)
    {
        double shown = film.Shown(look.Colour, from, to);
        // One frame in ten is the flash.
        Assert.True(shown > 0.8, $"{look.Name} is seen in {shown:P0} of the frames from {from:0.0} to {to:0.0} s of {film.Seconds:0.0} s");
    }

    private static void AssertInSync(Film film, Look look, int least)
    {
        List<double> flashes = film.Flashes(look.Colour);
        List<double> beeps = film.Beeps(look.Pitch);
        double[] offsets = [.. Media.LipSync.Offsets(flashes, beeps).Order()];
        Assert.True(
            offsets.Length >= least,
            $"{look.Name}: only {offsets.Length} flashes with a beep; flashes at {string.Join(' ', flashes.Select(static t => $"{t:0.00}"))}, beeps at {string.Join(' ', beeps.Select(static t => $"{t:0.00}"))}");

        // On a busy machine the page itself draws a flash late now and then: the middle one counts.
        double median = offsets[offsets.Length / 2];
        Assert.True(Math.Abs(median) <= MaxOffset, $"{look.Name}: beeps are {median * 1000:0} ms from their flashes ({string.Join(' ', offsets.Select(static o => $"{o * 1000:0}"))})");
    }
}
