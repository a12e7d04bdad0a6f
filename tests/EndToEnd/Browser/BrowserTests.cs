using Recording.Model.Documents;
using Recording.PostProcessing.Report;
using Xunit.Abstractions;

namespace Recording.EndToEnd.Browser;

/// <summary>Real browsers, real WebRTC: what Chromium sends through an SFU with the npm package is stored exactly once and becomes a film.</summary>
/// <param name="output">Takes the offsets of each film.</param>
public sealed class BrowserTests(ITestOutputHelper output)
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

    [Fact]
    public async Task A_meeting_with_three_codecs_a_reload_mute_a_late_joiner_and_a_share_becomes_a_film_of_who_was_there()
    {
        await using BrowserSession session = await BrowserSession.PlayAsync("meeting");
        Assert.Equal(
            "alice-audio opus, alice-screen vp8, alice-video vp8, bob-audio opus, bob-audio-2 opus, bob-video vp9, bob-video-2 vp9, carol-audio opus, carol-video h264",
            Tracks(session));
        CheckReload(session);
        Assert.All(session.Metadata.Participants.SelectMany(static p => p.Tracks), AssertHardlyLost);

        Film film = await session.ComposeAsync();

        double end = session.At("left", "alice") - 0.5;
        double muted = session.At("muted", "alice", "video");
        double unmuted = session.At("unmuted", "alice", "video");
        double reloaded = session.At("reloaded", "bob");
        double shared = session.At("published", "alice", "screen");
        Assert.InRange(film.Seconds, ((session.Recording.EndedAtUs - session.Recording.StartedAtUs) / 1e6) - 0.1, ((session.Recording.EndedAtUs - session.Recording.StartedAtUs) / 1e6) + 0.1);
        AssertShown(film, Looks.Alice, session.At("published", "alice", "camera") + 1, muted);
        AssertShown(film, Looks.Alice, unmuted + 1.5, end);
        AssertShown(film, Looks.Bob, session.At("published", "bob", "camera") + 1, reloaded);
        AssertShown(film, Looks.Bob, BobBack(session) + 1.5, end);
        AssertShown(film, Looks.Carol, session.At("published", "carol") + 1.5, end);
        AssertShown(film, Looks.Fake, shared + 1.5, end);

        AssertHidden(film, Looks.Alice, muted + 1, unmuted - 0.1);
        AssertHidden(film, Looks.Carol, 0, session.At("joined", "carol") - 0.1);
        AssertHidden(film, Looks.Fake, 0, shared - 1);
        Assert.True(film.HasTile(Looks.Alice.Colour, muted - 0.5, (muted + unmuted) / 2), "where alice was seen nothing is drawn while she is muted");

        // What comes after a silence or a reload has a clock of its own.
        AssertInSync(film, Looks.Alice, 4, 0, muted);
        AssertInSync(film, Looks.Alice, 4, unmuted, end);
        AssertInSync(film, Looks.Bob, 4, 0, reloaded);
        AssertInSync(film, Looks.Bob, 4, BobBack(session), end);
        AssertInSync(film, Looks.Carol, 6);
        Assert.DoesNotContain(film.Beeps(Looks.Alice.Pitch), beep => beep > muted + 0.5 && beep < unmuted - 0.5);
    }

    [FactWithJanus]
    public async Task Janus_as_the_SFU_is_recorded_through_the_plain_calls_of_the_package()
    {
        await using BrowserSession session = await BrowserSession.PlayAsync("janus");
        Assert.Equal("alice-audio opus, alice-video vp8", Tracks(session));
        Assert.Equal(0, session.Verified.GetProperty("reports").GetInt64());

        Film film = await session.ComposeAsync();

        AssertShown(film, Looks.Alice, session.At("published", "alice") + 1, session.At("left", "alice") - 0.5);

        // Janus forwards no sender reports: arrival times are all there is.
        AssertInSync(film, Looks.Alice, 6);
    }

    [Fact]
    public async Task Simulcast_loss_and_a_cut_link_lose_nothing_that_the_SFU_received()
    {
        await using BrowserSession session = await BrowserSession.PlayAsync("storm");
        Assert.Equal("alice-audio opus, alice-video vp8, bob-audio opus, bob-video vp8, dave-audio opus, dave-video vp8", Tracks(session));
        Assert.True(session.Stats.GetProperty("links").GetInt32() >= 2, "the link was not cut");
        Assert.Equal(0, session.Stats.GetProperty("droppedPackets").GetInt64());
        Assert.True(session.Stats.GetProperty("dropped_by_network").GetInt32() > 20, "the network was too good");
        RecordedTrack[] tracks = [.. session.Metadata.Participants.SelectMany(static p => p.Tracks)];
        Assert.True(tracks.Single(static track => track.TrackId == "alice-video").Ssrcs.Count >= 2, "only one simulcast layer was recorded");
        Assert.True(tracks.Single(static track => track.TrackId == "bob-audio").Lost > 0, "the loss of bob's sound is not told");
        Assert.All(tracks.Where(static track => !track.TrackId.StartsWith("bob", StringComparison.Ordinal)), AssertHardlyLost);

        Assert.Contains(session.Timeline.Timeline.Events, static e => e is { Type: "producer_quality", TrackId: "bob-video", Scores: [{ Score: 6 }, ..] });

        double cut = session.At("cut", "");
        CheckHealth(await session.ReportAsync(), cut, session.At("mended", ""), session.At("impaired", "bob"));

        Film film = await session.ComposeAsync();

        double end = session.At("left", "alice") - 0.5;
        AssertShown(film, Looks.Alice, session.At("published", "alice") + 1.5, end);
        AssertShown(film, Looks.Fake, session.At("published", "dave") + 1.5, end);
        AssertShown(film, Looks.Bob, session.At("published", "bob") + 1.5, session.At("impaired", "bob"));
        AssertShown(film, Looks.Bob, end - 1.5, end);
        Assert.InRange(film.Beeps(Looks.Alice.Pitch).Count(beep => beep > cut && beep < cut + 3), 2, 4);
        Assert.InRange(film.Beeps(Looks.Fake.Pitch).Count(beep => beep > cut && beep < cut + 3), 4, 8);
        AssertInSync(film, Looks.Alice, 8);
    }

    // A busy machine may lose a packet on its way from the browser to the SFU, but not two in a hundred.
    private static void AssertHardlyLost(RecordedTrack track) => Assert.True(track.Lost * 50 <= track.Packets, $"{track.TrackId} lacks {track.Lost} of {track.Packets} packets");

    // The report tells whose loss it was and when, and that the link was down and cost nothing.
    private static void CheckHealth(QualityReport report, double cut, double mended, double impaired)
    {
        ReportSpan down = Assert.Single(report.LinkCuts);
        Assert.InRange(down.T / 1000.0, cut - 0.2, cut + 1);
        Assert.InRange((down.T + down.DurationMs) / 1000.0, mended - 0.2, mended + 6);
        Assert.Contains(report.Findings, static finding => finding.Text.StartsWith("The link to the SFU was down once", StringComparison.Ordinal));

        ReportTrack[] tracks = [.. report.Participants.SelectMany(static participant => participant.Tracks)];
        Assert.Equal(6, tracks.Length);
        Assert.All(tracks, static track => Assert.Equal((null, 0, 0), (track.Problem, track.Packets.Missed, track.Gaps.LinkMs)));
        Assert.All(tracks.Where(static track => !track.TrackId.StartsWith("bob", StringComparison.Ordinal)), static track => Assert.InRange(track.Packets.LossPercent, 0, 2));
        ReportTrack sound = tracks.Single(static track => track.TrackId == "bob-audio");
        Assert.InRange(sound.Packets.LossPercent, 2, 25);

        // 400 ms without a packet of 20 ms each, and single ones at five in a hundred.
        Assert.InRange(sound.Loss.Longest, 15, 60);
        Assert.True(sound.Loss.Bursts >= 5, $"{sound.Loss.Bursts} bursts");
        Assert.All(sound.Loss.List, burst => Assert.True(burst.T / 1000.0 > impaired - 0.3, $"a burst at {burst.T} ms, before the network was bad"));
        Assert.Contains(report.Findings, static finding => finding.TrackId == "bob-audio" && finding.Points > 5 && finding.Text.Contains("never came", StringComparison.Ordinal));
        Assert.Equal(sound.Score, tracks.Where(static track => track.Kind == "audio").Min(static track => track.Score));
    }

    private static void CheckReload(BrowserSession session)
    {
        ParticipantSection bob = Assert.Single(session.Metadata.Participants, static p => p.PeerId == "bob");
        foreach (string kind in (string[])["audio", "video"])
        {
            RecordedTrack[] tracks = [.. bob.Tracks.Where(track => track.Kind == kind).OrderBy(static track => track.StartedAt)];
            Assert.Equal($"bob-{kind} bob-{kind}-2", string.Join(' ', tracks.Select(static track => track.TrackId)));
            Assert.True(tracks[0].EndedAt <= tracks[1].StartedAt, $"bob-{kind} ends at {tracks[0].EndedAt:O}, bob-{kind}-2 starts at {tracks[1].StartedAt:O}");
            Assert.Empty(tracks[0].Ssrcs.Intersect(tracks[1].Ssrcs));
        }
    }

    private static double BobBack(BrowserSession session) =>
        session.Events.Where(static e => e.GetProperty("event").GetString() == "published" && e.GetProperty("peer").GetString() == "bob")
            .Max(e => (e.GetProperty("at_us").GetInt64() - session.Recording.StartedAtUs) / 1e6);

    private static void AssertHidden(Film film, Look look, double from, double to)
    {
        double shown = film.Shown(look.Colour, from, to);
        Assert.True(shown < 0.02, $"{look.Name} is seen in {shown:P0} of the frames from {from:0.0} to {to:0.0} s");
    }

    private static string Tracks(BrowserSession session) =>
        string.Join(", ", session.Recording.Tracks.Select(static track => $"{track.TrackId} {track.Codec}").Order(StringComparer.Ordinal));

    private static void AssertShown(Film film, Look look, double from, double to)
    {
        double shown = film.Shown(look.Colour, from, to);
        // One frame in ten is the flash; it lasts longer where the browser gets no time.
        Assert.True(shown > 0.6, $"{look.Name} is seen in {shown:P0} of the frames from {from:0.0} to {to:0.0} s of {film.Seconds:0.0} s, but not at {film.Gaps(look.Colour, from, to)}");
    }

    private void AssertInSync(Film film, Look look, int least, double from = 0, double to = double.MaxValue)
    {
        double[] flashes = [.. film.Flashes(look.Colour).Where(flash => flash >= from && flash <= to)];
        List<double> beeps = film.Beeps(look.Pitch);
        double[] offsets = [.. Media.LipSync.Offsets([.. flashes], beeps).Order()];
        Assert.True(
            offsets.Length >= least,
            $"{look.Name}: only {offsets.Length} flashes with a beep; flashes at {string.Join(' ', flashes.Select(static t => $"{t:0.00}"))}, beeps at {string.Join(' ', beeps.Select(static t => $"{t:0.00}"))}");

        // A browser drops a frame on a busy machine, and with it the beginning of a flash: the middle one counts.
        double median = offsets[offsets.Length / 2];
        string said = $"{look.Name}: beeps are {median * 1000:0} ms from their flashes ({string.Join(' ', offsets.Select(static o => $"{o * 1000:0}"))})";
        output.WriteLine(said);
        Assert.True(Math.Abs(median) <= MaxOffset, said);
    }
}
