using Recording.Model;
using Recording.Model.Documents;
using Recording.PostProcessing.Timeline;

namespace Recording.PostProcessing.Tests.Timeline;

public sealed class RecordedTimelineReaderTests
{
    private const long OriginUs = 1_750_000_000_000_000;
    private readonly List<TimelineEntry> _events = [];
    private RecordedTrack _track = new()
    {
        TrackId = "alice-video",
        Kind = "video",
        Codec = "vp8",
        ProducerId = "p1",
        File = "tracks/alice-video.rtp",
        StartedAt = At(1),
        EndedAt = At(8),
    };

    private ParticipantSection _participant = new() { PeerId = "alice", DisplayName = "Alice", JoinedAt = At(-5), LeftAt = At(9) };

    [Fact]
    public void Times_are_relative_to_the_origin_and_clipped_to_the_recording()
    {
        RecordedTimeline read = Read();
        Assert.Equal(OriginUs, read.OriginUs);
        Assert.Equal(10_000_000, read.DurationUs);
        Assert.Equal("0-9", Text(read.Participants[0].Present));
        Assert.Equal("1-8", Text(read.Tracks[0].Live));
    }

    [Fact]
    public void Whoever_left_and_came_back_was_away_in_between()
    {
        Add(2, "peer_left", peer: "alice");
        Add(3, "peer_left", peer: "bob");
        Add(4, "peer_joined", peer: "alice");
        Assert.Equal("0-2 4-9", Text(Read().Participants[0].Present));
    }

    [Fact]
    public void A_pause_of_the_producer_named_by_track_or_producer_makes_a_hole()
    {
        Add(0.5, "producer_paused", producer: "p1");
        Add(2, "producer_resumed", producer: "p1");
        Add(3, "producer_paused", track: "alice-video");
        Add(4, "producer_resumed", track: "alice-video");
        Add(5, "producer_paused", track: "other");
        _track = _track with { Paused = [new PauseSection { T = 6000, DurationMs = 500, By = "policy" }, new PauseSection { T = 7500, By = "producer" }] };
        Assert.Equal("2-3 4-6 6.5-7.5", Text(Read().Tracks[0].Live));
    }

    [Fact]
    public void A_subscription_that_ended_and_began_again_makes_a_hole()
    {
        Add(0, "track_unsubscribed", track: "alice-video");
        Add(3, "track_unsubscribed", track: "alice-video");
        Add(5, "track_subscribed", track: "alice-video");
        Add(7, "producer_ended", producer: "p1");
        Assert.Equal("1-3 5-7", Text(Read().Tracks[0].Live));
    }

    [Fact]
    public void A_still_screen_is_shared_until_it_is_taken_away()
    {
        _track = _track with { IsScreenshare = true, EndedAt = At(2) };
        Assert.Equal("1-10", Text(Read().Tracks[0].Live));
        Add(6, "producer_ended", producer: "p1");
        Assert.Equal("1-6", Text(Read().Tracks[0].Live));
    }

    [Fact]
    public void Pauses_of_the_recording_are_taken_over()
    {
        Add(2, "recording_paused");
        Add(3, "recording_resumed");
        Add(9, "recording_paused");
        Assert.Equal("2-3 9-10", Text(Read().Pauses));
    }

    [Fact]
    public void A_participant_who_was_not_announced_is_there_from_the_first_track()
    {
        _participant = _participant with { JoinedAt = null, LeftAt = null, DisplayName = "" };
        TimelineParticipant read = Read().Participants[0];
        Assert.Equal("1-10", Text(read.Present));
        Assert.Equal("alice", read.DisplayName);
    }

    [Fact]
    public void A_track_of_which_nothing_was_stored_is_left_out()
    {
        _track = _track with { File = null };
        Assert.Empty(Read().Tracks);
    }

    private static DateTimeOffset At(double seconds) => DocumentTime.FromMicroseconds(OriginUs + (long)(seconds * 1_000_000));

    private static string Text(IEnumerable<TimeInterval> intervals) => string.Join(' ', intervals.Select(interval => $"{interval.StartUs / 1e6}-{interval.EndUs / 1e6}"));

    private void Add(double at, string type, string? peer = null, string? track = null, string? producer = null) => _events.Add(new TimelineEntry(
        new TimelineEvent { TimeUs = OriginUs + (long)(at * 1_000_000), Type = type, PeerId = peer, TrackId = track, ProducerId = producer }, OriginUs));

    private RecordedTimeline Read() => RecordedTimelineReader.Read(new MetadataDocument
    {
        Status = "completed",
        Room = new RoomSection { RoomId = "room", StartedAt = At(0), EndedAt = At(10), DurationSeconds = 10 },
        PolicySnapshot = PolicySnapshot.From(RecordingPolicy.Default),
        Participants = [_participant with { Tracks = [_track] }],
        Timeline = new TimelineSection { Origin = At(0), Events = _events },
        Recording = new RecordingSection { RecordingId = "rec", StartedBy = "alice", ServiceVersion = "test", RequestedAt = At(0) },
    });
}
