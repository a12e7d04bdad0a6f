using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Abstractions.Rooms;
using Recording.Grains.Rooms;
using Recording.Model;

namespace Recording.Grains.Tests.Rooms;

public sealed class RosterAndFaultTests
{
    private static RoomEventBatch Batch(long first, params RoomEvent[] events) =>
        new() { LinkKey = Room.Dial, Fence = 5, Epoch = 7, FirstSequence = first, Events = events };

    [Fact]
    public void Pause_and_resume_change_what_the_link_is_told_and_are_noted()
    {
        var room = Room.Recording();
        room.Keep(room.Session.Pause(Requester.Peer("hana"), null, room.Now += Room.Second));
        room.Keep(room.Session.Pause(Requester.Peer("hana"), "rec1", room.Now));
        Assert.Equal((RecordingStatus.Paused, WantedState.Paused), (room.Status, room.Session.DirectiveFor(Room.Dial)!.State));
        room.Keep(room.Session.Resume(Requester.Admin("ops"), null, room.Now += Room.Second));
        Assert.Equal((RecordingStatus.Recording, WantedState.Recording), (room.Status, room.Session.DirectiveFor(Room.Dial)!.State));

        Assert.Single(room.Timeline, entry => entry.Type == "recording_paused");
        Assert.Single(room.Timeline, entry => entry.Type == "recording_resumed");
    }

    [Fact]
    public void Commands_name_what_is_wrong()
    {
        var room = new Room();
        room.Created();
        Assert.Equal(RecordingErrorCode.NoSuchRecording, Room.Refused(() => room.Stop()));
        Assert.Equal(RecordingErrorCode.NoSuchRecording, Room.Refused(() => room.Session.Pause(Requester.Admin("a"), null, room.Now)));
        room.Start();
        Assert.Equal(RecordingErrorCode.WrongState, Room.Refused(() => room.Session.Pause(Requester.Admin("a"), null, room.Now)));
        room.Answered();
        Assert.Equal(RecordingErrorCode.NoSuchRecording, Room.Refused(() => room.Session.Pause(Requester.Admin("a"), "other", room.Now)));
        Assert.Equal(RecordingErrorCode.NotAuthorizedToRecord, Room.Refused(() => room.Stop(Requester.Peer("paul"))));
        Assert.Equal(RecordingErrorCode.NoSuchRecording, Room.Refused(() => room.Session.Stop(new StopRecordingCommand { Requester = Requester.Admin("a"), RecordingId = "other" }, room.Now)));
    }

    [Fact]
    public void A_stop_is_told_once_and_repeating_it_is_harmless()
    {
        var room = Room.Recording();
        room.Stop(trigger: true);
        room.Stop();

        var stop = Assert.Single(room.Stops);
        Assert.Equal((RecordingStatus.Completed, "stopped", "hana", true), (stop.Status, stop.Reason, stop.RequesterId, stop.TriggerPostProcessing));
        var directive = room.Session.DirectiveFor(Room.Dial)!;
        Assert.Equal((WantedState.Idle, "rec1", true), (directive.State, directive.RecordingId, directive.TriggerPostProcessing));
    }

    [Fact]
    public void Who_began_a_recording_may_end_it_after_losing_the_role()
    {
        var room = Room.Recording();
        room.Updated(Room.Open with { HostId = "hugo" });
        room.Stop(Requester.Peer("hana"));

        Assert.Single(room.Stops);
    }

    [Fact]
    public void A_peer_that_comes_back_is_one_participant()
    {
        var room = Room.Recording();
        room.Joined("paul");
        room.Left("paul");
        room.Joined("paul");
        room.Joined("sharescreen_paul");
        room.Left("sharescreen_paul");

        Assert.Single(room.State.Recording!.Participants, peer => peer.PeerId == "paul" && peer.LeftAtUs == 0);
        Assert.Equal(2, room.Timeline.Count(entry => entry is { Type: "peer_joined", PeerId: "paul" }));
        Assert.Single(room.Timeline, entry => entry is { Type: "peer_left", PeerId: "paul" });
    }

    [Fact]
    public void A_leaving_that_arrives_after_the_return_is_dropped()
    {
        var room = Room.Recording();
        room.Joined("paul");
        var left = room.Now + 1;
        room.Joined("paul");
        room.On(new PeerLeft { TimeUs = left, PeerId = "paul" });

        Assert.Contains(room.Session.View(room.Now)!.Peers, peer => peer.PeerId == "paul");
    }

    [Fact]
    public void A_peer_that_leaves_takes_its_producers_along()
    {
        var room = Room.Recording();
        room.Sends("a", "paul");
        room.Sends("s", "sharescreen_paul", "video");
        room.Left("paul");

        Assert.Equal(["paul-screen"], room.Subscribed());
    }

    [Fact]
    public void Producers_are_paused_resumed_and_closed_once()
    {
        var room = Room.Recording();
        room.Sends("a", "paul");
        for (var i = 0; i < 2; i++)
        {
            room.On(new ProducerPaused { TimeUs = 0, ProducerId = "a" });
        }

        room.On(new ProducerResumed { TimeUs = 0, ProducerId = "a" });
        room.On(new ProducerPaused { TimeUs = room.Now - 1, ProducerId = "a" });
        Assert.False(Assert.Single(room.Session.View(room.Now)!.Producers).Paused);
        room.Ends("a");
        room.Ends("a");

        Assert.Equal(
            ["producer_started", "producer_paused", "producer_resumed", "producer_ended"],
            room.Timeline.Where(entry => entry.ProducerId == "a").Select(entry => entry.Type).ToArray());
        Assert.Contains(room.Timeline, entry => entry is { Type: "producer_ended", TrackId: "paul-audio" });
    }

    [Fact]
    public void The_quality_of_a_known_producer_is_noted_in_the_timeline()
    {
        var room = Room.Recording();
        room.Sends("a", "paul");
        room.On(new ProducerQuality { TimeUs = 0, ProducerId = "a", Scores = [new EncodingScore(7, "h", 4)], SpatialLayer = 1, TemporalLayer = 2 });
        room.On(new ProducerQuality { TimeUs = 0, ProducerId = "nobody", Scores = [new EncodingScore(8, "", 4)] });

        var noted = Assert.Single(room.Timeline, entry => entry.Type == "producer_quality");
        Assert.Equal(("a", "paul-audio", 1, 2), (noted.ProducerId, noted.TrackId, noted.SpatialLayer, noted.TemporalLayer));
        Assert.Equal(new StreamScore { Ssrc = 7, Rid = "h", Score = 4 }, Assert.Single(noted.Scores!));
    }

    [Fact]
    public void Events_of_an_unknown_room_open_it()
    {
        var room = new Room();
        room.Sends("a", "paul");

        Assert.Equal("paul", Assert.Single(room.Session.View(room.Now)!.Peers).PeerId);
        room.Joined("paul");
        Assert.Single(room.Timeline, entry => entry.Type == "peer_joined");
    }

    [Fact]
    public void Ends_that_arrive_before_their_beginnings_win()
    {
        var room = Room.Recording();
        var before = room.Now;
        room.On(new ProducerPaused { TimeUs = 0, ProducerId = "later" });
        room.Ends("gone");
        room.On(new ProducerCreated { TimeUs = before, Producer = Room.Producer("gone", "paul") });
        room.Left("quinn");
        room.On(new PeerJoined { TimeUs = before, PeerId = "quinn" });
        room.Sends("later", "paul");

        var view = room.Session.View(room.Now)!;
        Assert.True(Assert.Single(view.Producers).Paused);
        Assert.DoesNotContain(view.Peers, peer => peer.PeerId == "quinn");
    }

    [Fact]
    public void A_producer_that_is_published_again_under_the_same_id_is_a_new_track()
    {
        var room = Room.Recording();
        room.Sends("a", "paul");
        room.Ends("a");
        room.Sends("a", "paul");

        Assert.Equal(["paul-audio-2"], room.Subscribed());
    }

    [Fact]
    public void Sfu_numbers_recognise_events_that_come_twice_or_in_the_wrong_order()
    {
        var room = new Room();
        room.Created();
        room.On(new PeerJoined { TimeUs = 0, PeerId = "paul", EventIndex = 1 });
        room.On(new PeerLeft { TimeUs = 0, PeerId = "paul", EventIndex = 3 });
        room.On(new PeerJoined { TimeUs = 0, PeerId = "quinn", EventIndex = 2 });
        room.On(new PeerJoined { TimeUs = 0, PeerId = "paul", EventIndex = 1 });
        Assert.Equal("quinn", Assert.Single(room.Session.View(room.Now)!.Peers).PeerId);
        Assert.Equal(3UL, room.State.Links[Room.Dial].EventIndex);

        room.Epoch = 8;
        room.On(new PeerJoined { TimeUs = 0, PeerId = "rosa", EventIndex = 1 });
        Assert.Equal(1UL, room.State.Links[Room.Dial].EventIndex);
        Assert.Equal(2, room.Session.View(room.Now)!.Peers.Length);
    }

    [Fact]
    public void Gateway_numbers_recognise_repeated_batches_and_holes()
    {
        var room = new Room();
        RoomEvent[] events = [new RoomCreated { TimeUs = 1, HostId = "hana" }, new PeerJoined { TimeUs = 2, PeerId = "paul" }];
        Assert.Equal(3, room.Session.Handle(Batch(1, events), room.Now).ExpectedSequence);
        var repeated = room.Session.Handle(Batch(1, events), room.Now);
        Assert.Equal(3, repeated.ExpectedSequence);
        Assert.Empty(repeated.Effects.Timeline);
        Assert.Equal(3, room.Session.Handle(Batch(5, events), room.Now).ExpectedSequence);
        Assert.Equal(4, room.Session.Handle(Batch(2, events[1], new PeerLeft { TimeUs = 3, PeerId = "paul" }), room.Now).ExpectedSequence);

        Assert.Empty(room.Session.View(room.Now)!.Peers);
    }

    [Fact]
    public void An_older_fence_is_refused_and_a_newer_one_numbers_from_one()
    {
        var room = new Room();
        room.Session.Handle(Batch(1, new PeerJoined { TimeUs = 2, PeerId = "paul" }), room.Now);
        var newer = new RoomEventBatch { LinkKey = Room.Dial, Fence = 6, Epoch = 7, FirstSequence = 1, Events = [new PeerLeft { TimeUs = 3, PeerId = "paul" }] };
        Assert.False(room.Session.Handle(newer, room.Now).Fenced);
        Assert.True(room.Session.Handle(Batch(2, new PeerJoined { TimeUs = 4, PeerId = "quinn" }), room.Now).Fenced);

        Assert.Empty(room.Session.View(room.Now)!.Peers);
    }

    [Theory]
    [InlineData("", "a", "audio")]
    [InlineData("paul", "", "audio")]
    [InlineData("paul", "a", "data")]
    public void A_producer_that_makes_no_sense_is_refused_and_the_rest_goes_on(string peer, string producer, string kind)
    {
        var room = Room.Recording();
        room.Sends(producer, peer, kind);
        room.Sends(new string('x', 201), new string('p', 201));
        room.Sends("good", "paul");

        Assert.All(room.Refusals, refusal => Assert.Equal(RecordingErrorCode.ProtocolViolation, refusal.Code));
        Assert.Equal(2, room.Refusals.Count);
        Assert.Equal(["paul-audio"], room.Subscribed());
    }

    [Fact]
    public void Active_speakers_lose_repeats_and_are_kept_at_most_four_times_a_second()
    {
        var room = Room.Recording();
        var start = room.Now + Room.Second;
        for (var i = 0; i < 100; i++)
        {
            room.At(new ActiveSpeaker { TimeUs = start + (i * 20_000), PeerId = i % 2 == 0 ? "paul" : "quinn", Volume = -30 });
        }

        var kept = room.Timeline.Count(entry => entry.Type == "active_speaker");
        Assert.InRange(kept, 2, 8);
        for (var i = 0; i < 10; i++)
        {
            room.At(new ActiveSpeaker { TimeUs = start + 3_000_000 + (i * 400_000), PeerId = "rosa" });
        }

        Assert.Single(room.Timeline, entry => entry is { Type: "active_speaker", PeerId: "rosa" });
        Assert.DoesNotContain(room.State.History, entry => entry.Type == "active_speaker");
    }

    [Fact]
    public void The_last_speaker_is_kept_even_when_it_came_too_soon()
    {
        var room = Room.Recording();
        room.At(new ActiveSpeaker { TimeUs = room.Now + 1, PeerId = "paul" });
        room.At(new ActiveSpeaker { TimeUs = room.Now + 2, PeerId = "quinn" });
        Assert.DoesNotContain(room.Timeline, entry => entry.PeerId == "quinn");
        room.Pass(TimeSpan.FromSeconds(1));

        Assert.Single(room.Timeline, entry => entry is { Type: "active_speaker", PeerId: "quinn" });
    }

    [Fact]
    public void The_recording_starts_with_the_rooms_history()
    {
        var room = new Room();
        room.Created();
        room.Joined("paul");
        room.Joined("quinn");
        room.Left("quinn");
        room.Start();

        Assert.Equal(["room_created", "peer_joined", "peer_joined", "peer_left"], Assert.Single(room.State.Outboxes).Timeline.Select(entry => entry.Type).ToArray());
        Assert.Equal("paul", Assert.Single(room.State.Recording!.Participants).PeerId);
    }

    [Fact]
    public void History_is_bounded()
    {
        var room = new Room();
        for (var i = 0; i < 500; i++)
        {
            room.Joined($"p{i}");
        }

        Assert.Equal(room.Rules.HistoryLimit, room.State.History.Count);
        Assert.Equal("p499", room.State.History[^1].PeerId);
    }

    [Fact]
    public void Closing_the_room_ends_the_recording_and_forgets_the_room()
    {
        var room = Room.Recording();
        room.Sends("a", "paul");
        room.On(new RoomClosed { TimeUs = 0, Reason = "empty" });

        var stop = Assert.Single(room.Stops);
        Assert.Equal((RecordingStatus.Completed, "room_closed", room.Now), (stop.Status, stop.Reason, stop.EndedAtUs));
        Assert.NotEqual(0, Assert.Single(room.State.Outboxes).Facts!.Participants.Single(peer => peer.PeerId == "paul").LeftAtUs);
        room.Keep(room.Session.RecordingEnded("rec1", RecordingStatus.Completed, room.Now));
        Assert.Null(room.Session.View(room.Now));
        Assert.Equal(RecordingErrorCode.UnknownRoom, Room.Refused(() => room.Start()));
    }

    [Fact]
    public void Late_events_of_a_closed_room_do_not_open_it_again()
    {
        var room = Room.Recording();
        var late = room.Now;
        room.On(new RoomClosed { TimeUs = 0 });
        room.On(new PeerJoined { TimeUs = late, PeerId = "paul" });
        room.On(new PeerLeft { TimeUs = 0, PeerId = "paul" });
        room.On(new ActiveSpeaker { TimeUs = 0, PeerId = "paul" });

        Assert.False(room.State.Links[Room.Dial].RoomOpen);
        room.Created();
        Assert.True(room.State.Links[Room.Dial].RoomOpen);
    }
}
