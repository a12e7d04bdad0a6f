using Recording.Model;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Tests.Support;
using Recording.PostProcessing.Timeline;

namespace Recording.PostProcessing.Tests.Outputs;

public sealed class WebVttTests
{
    [Fact]
    public void Cues_are_read_with_ids_settings_and_notes_left_out()
    {
        IReadOnlyList<WebVttCue> cues = WebVtt.Read("\uFEFFWEBVTT - title\r\n\r\nNOTE nothing\r\n\r\n1\r\n01:02.500 --> 01:00:03.000 align:start\r\nHello\r\n<i>world</i>\r\n\r\n00:00:01.000 --> 00:00:02.000\r\nfirst");
        Assert.Equal([new WebVttCue(1_000_000, 2_000_000, "first"), new WebVttCue(62_500_000, 3_603_000_000, "Hello\n<i>world</i>")], cues.Select(cue => cue));
        Assert.Equal(cues, WebVtt.Read(WebVtt.Write(cues)));
    }

    [Theory]
    [InlineData("<v Ann>Hi", "Ann: Hi")]
    [InlineData("<v.loud.far Bob &lt;b&gt; >one</v>\n<v\tC>two</v>", "Bob &lt;b&gt;: one\nC: two")]
    [InlineData("<v>Hi <b>there</b> <video x>", "<v>Hi <b>there</b> <video x>")]
    public void Voices_are_named_in_the_text_for_who_drops_the_tag(string text, string expected) =>
        Assert.Equal(expected, Assert.Single(WebVtt.WithNames([new WebVttCue(0, 1, text)])).Text);

    [Theory]
    [InlineData("", "line 1: expected WEBVTT")]
    [InlineData("#EXTM3U\nfile:///etc/passwd", "line 1: expected WEBVTT")]
    [InlineData("WEBVTT\n\n00:02.000 --> 00:01.000\nx", "line 3: expected two times")]
    [InlineData("WEBVTT\n\n00:02 --> 00:03.000\nx", "line 3: expected two times")]
    [InlineData("WEBVTT\n\n-->\nx", "line 3: expected two times")]
    public void What_is_not_web_vtt_is_refused_with_its_line(string text, string expected)
    {
        var error = Assert.Throws<RecordingException>(() => WebVtt.Read(text));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cues_move_with_the_cuts()
    {
        var clock = new OutputClock(10_000_000, [Rooms.Interval(2, 4)], 25);
        WebVttCue[] cues = [new(1_000_000, 3_000_000, "shortened"), new(2_500_000, 3_500_000, "gone"), new(5_000_000, 6_000_000, "earlier")];
        Assert.Equal("1000000-2000000 3000000-4000000", string.Join(' ', WebVtt.ToOutput(cues, clock).Select(cue => $"{cue.StartUs}-{cue.EndUs}")));
    }

    [Fact]
    public void Chapters_follow_screens_and_speakers_and_short_ones_vanish()
    {
        RecordedTimeline room = Rooms.Of(60, ("alice", 0, 60), ("bob", 0, 60));
        room = room with
        {
            Floor = [new FloorSpan("alice", Rooms.Interval(0, 20)), new FloorSpan("bob", Rooms.Interval(20, 23)), new FloorSpan("alice", Rooms.Interval(23, 40)), new FloorSpan("bob", Rooms.Interval(40, 60))],
            Tracks = [.. room.Tracks, Rooms.Track("bob", false, Rooms.Interval(30, 36)) with { TrackId = "s", IsScreenshare = true }],
        };
        IReadOnlyList<Chapter> chapters = ChapterList.Build(room, new OutputClock(room.DurationUs, [], 25));
        Assert.Equal("0 alice|30000000 Screen of bob|40000000 bob", string.Join('|', chapters.Select(chapter => $"{chapter.StartUs} {chapter.Title}")));
        Assert.Equal(60_000_000, chapters[^1].EndUs);
        Assert.Contains("title=a\\=b\\;\\#\\\\ c\n", ChapterList.ToMetadata([new Chapter(0, 1, "a=b;#\\\nc")]), StringComparison.Ordinal);
        Assert.Contains("a &lt;b&gt; --&gt; &amp;", ChapterList.ToWebVtt([new Chapter(0, 1000, "a <b> --> &")]), StringComparison.Ordinal);
    }

    [Fact]
    public void The_floor_is_taken_after_two_seconds_from_the_first_word()
    {
        var events = new (double At, string Type, string? Peer)[]
        {
            (1, "active_speaker", "alice"), (5, "active_speaker", "bob"), (6.5, "active_speaker", "alice"), (9, "active_speaker", "bob"), (12, "active_speaker", "bob"), (14, "peer_left", "bob"), (15, "active_speaker", "carol"),
        };
        IReadOnlyList<FloorSpan> floor = FloorReader.Read(
            events.Select(e => new Model.Documents.TimelineEntry(new TimelineEvent { TimeUs = (long)(e.At * 1e6), Type = e.Type, PeerId = e.Peer }, 0)), 0, 16_000_000);
        Assert.Equal("alice 1-9 bob 9-14", string.Join(' ', floor.Select(span => $"{span.ParticipantId} {span.When.StartUs / 1e6}-{span.When.EndUs / 1e6}")));
    }
}
