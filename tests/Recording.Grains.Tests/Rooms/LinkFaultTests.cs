using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Abstractions.Rooms;
using Recording.Grains.Rooms;
using Recording.Model;

namespace Recording.Grains.Tests.Rooms;

/// <summary>Several links of a room, links that are lost and come back, snapshots, restarts.</summary>
public sealed class LinkFaultTests
{
    [Fact]
    public void Closing_on_one_link_ends_only_that_links_part()
    {
        var room = Room.Recording();
        room.Joined("paul");
        room.Joined("quinn", Room.Other);
        room.Sends("a", "paul");
        room.Sends("b", "quinn", link: Room.Other);
        room.On(new RoomClosed { TimeUs = 0 });

        Assert.Equal(RecordingStatus.Recording, room.Status);
        Assert.Equal(["quinn-audio"], room.Subscribed(Room.Other));
        Assert.Equal((WantedState.Idle), room.Session.DirectiveFor(Room.Dial)!.State);
        room.On(new RoomClosed { TimeUs = 0 }, Room.Other);
        Assert.Equal("room_closed", Assert.Single(room.Stops).Reason);
    }

    [Fact]
    public void A_producer_on_two_links_is_subscribed_on_one_and_taken_over_when_that_is_lost()
    {
        var room = Room.Recording();
        room.Sends("a", "paul");
        room.Sends("a", "paul", link: Room.Other);
        Assert.Equal(["paul-audio"], room.Subscribed());
        Assert.Empty(room.Subscribed(Room.Other));

        room.Lose();
        Assert.Empty(room.Subscribed());
        Assert.Equal(["paul-audio"], room.Subscribed(Room.Other));

        room.Up();
        Assert.Equal(["paul-audio"], room.Subscribed(Room.Other));
        Assert.Single(room.Tracks);
        room.Ends("a", Room.Other);
        Assert.Equal(["paul-audio"], room.Subscribed());
    }

    [Fact]
    public void A_lost_link_that_returns_within_the_grace_goes_on()
    {
        var room = Room.Recording();
        room.Sends("a", "paul");
        room.Lose();
        room.Pass(TimeSpan.FromSeconds(59));
        room.Up();
        room.Pass(TimeSpan.FromSeconds(120));

        Assert.Equal(RecordingStatus.Recording, room.Status);
        Assert.Equal(["paul-audio"], room.Subscribed());
        Assert.Equal(["link_lost", "link_restored"], room.Timeline.Where(entry => entry.Link == Room.Dial && entry.Type.StartsWith("link", StringComparison.Ordinal)).Select(entry => entry.Type).ToArray());
    }

    [Fact]
    public void A_link_that_stays_away_ends_the_recording_as_interrupted_when_it_was_lost()
    {
        var room = Room.Recording();
        room.Lose();
        var lost = room.Now;
        room.Pass(TimeSpan.FromSeconds(61));

        var stop = Assert.Single(room.Stops);
        Assert.Equal((RecordingStatus.Interrupted, "link_lost", lost), (stop.Status, stop.Reason, stop.EndedAtUs));
        Assert.Equal(WantedState.Idle, room.Session.DirectiveFor(Room.Dial)!.State);
    }

    [Fact]
    public void An_automatic_recording_goes_on_as_a_new_one_when_the_link_returns_after_the_grace()
    {
        var room = new Room();
        room.Created(Room.Open with { AutoRecord = true });
        room.Sends("a", "paul");
        room.Keep(room.Session.OpenSucceeded("rec1", room.Now));
        room.Answered();
        room.Lose();
        room.Pass(TimeSpan.FromSeconds(61));
        room.Keep(room.Session.RecordingEnded("rec1", RecordingStatus.Interrupted, room.Now));
        Assert.Equal(RecordingStatus.None, room.Status);
        room.Up();

        Assert.Equal("rec2", room.State.Recording!.RecordingId);
    }

    [Fact]
    public void A_start_while_the_link_is_lost_waits_for_it()
    {
        var room = new Room();
        room.Created();
        room.Lose();
        room.Start();
        Assert.Equal(RecordingStatus.Starting, room.Status);
        room.Up();
        room.Answered();
        Assert.Equal(RecordingStatus.Recording, room.Status);
    }

    [Fact]
    public void A_start_whose_link_stays_away_fails()
    {
        var room = new Room();
        room.Created();
        room.Lose();
        room.Start();
        room.Pass(TimeSpan.FromSeconds(61));

        Assert.Equal(RecordingErrorCode.HeartbeatLost, Assert.Single(room.Failures).Failure.Code);
    }

    [Fact]
    public void After_a_restart_the_grace_runs_again_and_everything_is_said_again_with_a_higher_version()
    {
        var room = Room.Recording();
        room.Sends("a", "paul");
        var said = room.Session.DirectiveFor(Room.Dial)!.Version;
        room.Reload();

        var repeated = room.Directives[^1];
        Assert.True(repeated.Version > said);
        Assert.Equal("paul-audio", Assert.Single(repeated.Tracks).TrackId);
        room.Pass(TimeSpan.FromSeconds(59));
        room.Keep(room.Session.LinkPresent(Room.Dial, room.Now));
        room.Pass(TimeSpan.FromSeconds(100));
        Assert.Equal(RecordingStatus.Recording, room.Status);
        Assert.DoesNotContain(room.Timeline, entry => entry.Type is "link_lost" or "link_restored");

        room.Reload();
        room.Pass(TimeSpan.FromSeconds(61));
        Assert.Equal(RecordingStatus.Interrupted, Assert.Single(room.Stops).Status);
    }

    [Fact]
    public void A_loss_that_was_reported_is_not_undone_by_the_gateways_presence()
    {
        var room = Room.Recording();
        room.Lose();
        room.Reload();
        room.Keep(room.Session.LinkPresent(Room.Dial, room.Now));
        room.Pass(TimeSpan.FromSeconds(61));

        Assert.Single(room.Stops);
    }

    [Fact]
    public void A_gateway_that_died_in_silence_loses_its_link()
    {
        var room = Room.Recording();
        room.Keep(room.Session.LinkAbsent(Room.Dial, room.Now += Room.Second));
        room.Keep(room.Session.LinkAbsent(Room.Dial, room.Now += Room.Second));
        Assert.Single(room.Timeline, entry => entry.Type == "link_lost");
        room.Pass(TimeSpan.FromSeconds(61));

        Assert.Equal(RecordingStatus.Interrupted, Assert.Single(room.Stops).Status);
    }

    [Fact]
    public void A_recording_that_is_not_the_rooms_is_ended_when_it_asks()
    {
        var room = Room.Recording();
        room.Keep(room.Session.Wake("rec1", room.Now));
        Assert.Equal(RecordingStatus.Recording, room.Status);
        room.Keep(room.Session.Wake("lost", room.Now));

        Assert.Equal(RecordingStatus.Interrupted, room.State.Outboxes.Single(outbox => outbox.RecordingId == "lost").Stop!.Status);
    }

    [Fact]
    public void A_snapshot_is_taken_as_a_difference()
    {
        var room = Room.Recording();
        room.Joined("paul");
        room.Joined("quinn");
        room.Sends("a", "paul");
        room.Sends("b", "quinn");
        room.On(new RoomSnapshot
        {
            TimeUs = 0,
            Room = new RoomCreated { TimeUs = 1, HostId = "hana" },
            Peers = [new PeerJoined { TimeUs = 1, PeerId = "paul" }, new PeerJoined { TimeUs = 1, PeerId = "rosa" }],
            Producers = [Room.Producer("a", "paul"), Room.Producer("c", "rosa", "video")],
            PausedProducerIds = ["a"],
            Policy = Room.Open,
        });

        Assert.Equal(["paul-audio", "rosa-video"], room.Subscribed());
        var view = room.Session.View(room.Now)!;
        Assert.Equal(["paul", "rosa"], view.Peers.Select(peer => peer.PeerId).ToArray());
        Assert.True(view.Producers.Single(producer => producer.ProducerId == "a").Paused);
        Assert.Contains(room.Timeline, entry => entry is { Type: "producer_ended", ProducerId: "b", Reason: "resync" });
        Assert.DoesNotContain(room.Timeline, entry => entry is { Type: "policy_updated" });
    }

    [Fact]
    public void A_snapshot_with_another_policy_updates_it()
    {
        var room = Room.Recording();
        room.On(new RoomSnapshot { TimeUs = 0, Room = new RoomCreated { TimeUs = 1 }, Policy = Room.Open with { Enabled = false } });

        Assert.Equal("policy", Assert.Single(room.Stops).Reason);
    }

    [Fact]
    public void A_producer_that_the_sfu_does_not_know_any_more_has_ended()
    {
        var room = Room.Recording();
        room.Sends("a", "paul");
        room.On(new SfuError { TimeUs = 0, Code = 3001, ProducerId = "a", Message = "no such producer" });

        Assert.Empty(room.Subscribed());
        Assert.Contains(room.Timeline, entry => entry is { Type: "error", Code: 3001 });
    }

    [Fact]
    public void A_link_that_refuses_takes_no_part_while_another_records()
    {
        var room = Room.Recording();
        room.Sends("a", "paul");
        room.Sends("a", "paul", link: Room.Other);
        room.Answered(success: false, message: "busy");

        Assert.Equal(RecordingStatus.Recording, room.Status);
        Assert.Equal(WantedState.Idle, room.Session.DirectiveFor(Room.Dial)!.State);
        Assert.Equal(["paul-audio"], room.Subscribed(Room.Other));
        room.Answered(success: false, message: "busy", link: Room.Other);
        Assert.Equal("refused", Assert.Single(room.Stops).Reason);
    }

    [Fact]
    public void Producers_named_in_the_answer_are_recorded()
    {
        var room = new Room();
        room.Created();
        room.Start();
        room.Answered(tracks: [Room.Producer("a", "paul"), Room.Producer("b", "paul", "video")]);
        room.Sends("a", "paul");

        Assert.Equal(["paul-audio", "paul-video"], room.Subscribed());
        room.On(new TrackSubscribed { TimeUs = 0, Producer = Room.Producer("a", "paul") with { Codec = "red" } });
        Assert.Equal("red", room.Tracks[^1].Producer.Codec);
        Assert.Single(room.Timeline, entry => entry is { Type: "track_subscribed", TrackId: "paul-audio" });
    }

    [Fact]
    public void Tracks_know_whether_their_link_acknowledges()
    {
        var room = Room.Recording();
        room.On(new LinkUp { TimeUs = 0, Capabilities = ["rtp_batch", "rtp_ack"] });
        room.Sends("a", "paul");
        room.Sends("b", "quinn", link: Room.Other);

        Assert.Equal([true, false], room.Tracks.Select(track => track.Acknowledged).ToArray());
    }

    [Fact]
    public void What_the_recording_must_be_told_survives_a_restart()
    {
        var room = Room.Recording();
        room.Sends("a", "paul");
        room.Stop();
        var before = Assert.Single(room.State.Outboxes);
        room.Reload();
        var after = Assert.Single(room.State.Outboxes);

        Assert.Equal(before.Tracks.Single(), after.Tracks.Single());
        Assert.Equal(before.Stop, after.Stop);
        Assert.Equal(before.Timeline, after.Timeline);
        Assert.Equal(before.StartedAtUs, after.StartedAtUs);
        Assert.Equal(RecordingStatus.Stopping, room.Status);
    }

    [Fact]
    public void Commands_are_timed_by_the_clock_of_the_link_that_started()
    {
        var room = new Room();
        room.Created();
        room.Start();
        room.Now += Room.Second;
        room.At(new StartAnswered { TimeUs = room.Now + (30 * Room.Second), RecordingId = "rec1", Success = true });
        room.Stop();

        Assert.Equal(room.Now + (30 * Room.Second), Assert.Single(room.Stops).EndedAtUs);
    }
}
