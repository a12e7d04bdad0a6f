using Recording.Grains.Abstractions.Rooms;
using Recording.Model;

namespace Recording.Grains.Tests.Rooms;

/// <summary>What an acknowledging SFU still holds of a track that ended has to be fetched by whichever gateway holds the link next.</summary>
public sealed class TrackTailTests
{
    private static readonly string[] s_ack = ["rtp_batch", "rtp_ack"];

    [Fact]
    public void Producer_that_closes_leaves_a_tail_until_its_track_is_stored()
    {
        Room room = Recording(s_ack);

        room.Ends("p1");

        TrackTail tail = Assert.Single(room.Session.DirectiveFor(Room.Dial)!.Tails);
        Assert.Equal(("rec1", "rooms/room/rec1/", "sfu-9", "p1", "anna-audio"), (tail.RecordingId, tail.Prefix, tail.SfuRecordingId, tail.Track.ProducerId, tail.Track.TrackId));
        Assert.Equal(["anna-video"], room.Subscribed());
        room.On(new TailStored { TimeUs = 0, RecordingId = "rec1", TrackId = "anna-audio" });
        Assert.Empty(room.Session.DirectiveFor(Room.Dial)!.Tails);
    }

    [Fact]
    public void Room_that_closes_leaves_all_tails_also_over_a_restart_and_a_complete_recording_makes_them_tails_that_are_only_acknowledged()
    {
        Room room = Recording(s_ack);

        room.On(new RoomClosed { TimeUs = 0 });
        room.Reload();

        RoomDirective directive = room.Directives[^1];
        Assert.Equal((WantedState.Idle, "rec1"), (directive.State, directive.RecordingId));
        string[] tails = [.. directive.Tails.Select(static tail => tail.Track.TrackId)];
        Assert.Equal(["anna-audio", "anna-video"], tails);
        Assert.All(directive.Tails, static tail => Assert.Equal(0, tail.CompleteAtUs));
        room.Keep(room.Session.RecordingEnded("rec1", RecordingStatus.Completed, room.Now));
        Assert.True(room.Session.HasTails("rec1"));
        Assert.All(room.Directives[^1].Tails, tail => Assert.Equal(room.Now, tail.CompleteAtUs));
        room.Reload();

        room.On(new TailStored { TimeUs = 0, RecordingId = "rec1", TrackId = "anna-audio" });
        Assert.Equal("anna-video", Assert.Single(room.Session.DirectiveFor(Room.Dial)!.Tails).Track.TrackId);
        room.On(new TailStored { TimeUs = 0, RecordingId = "rec1", TrackId = "anna-video" });
        Assert.False(room.Session.HasTails("rec1"));
        Assert.Empty(room.Session.DirectiveFor(Room.Dial)!.Tails);
    }

    [Fact]
    public void Sfu_that_stays_away_is_told_no_more_when_the_grace_is_over()
    {
        Room room = Recording(s_ack);
        room.On(new RoomClosed { TimeUs = 0 });
        room.Keep(room.Session.RecordingEnded("rec1", RecordingStatus.Completed, room.Now));
        long complete = room.Now;

        room.Keep(room.Session.RecordingEnded("rec1", RecordingStatus.Completed, complete + 40 * Room.Second));
        room.Keep(room.Session.Tick(complete + 59 * Room.Second));
        Assert.True(room.Session.HasTails("rec1"));
        room.Keep(room.Session.Tick(complete + 60 * Room.Second));

        Assert.False(room.Session.HasTails("rec1"));
        Assert.Empty(room.Directives[^1].Tails);
    }

    [Fact]
    public void Stop_and_policy_leave_tails_and_a_track_that_is_wanted_again_is_none()
    {
        Room room = Recording(s_ack);

        room.Updated(Room.Open with { RecordAudio = false });
        Assert.Equal("anna-audio", Assert.Single(room.Session.DirectiveFor(Room.Dial)!.Tails).Track.TrackId);
        room.Updated(Room.Open);
        Assert.Empty(room.Session.DirectiveFor(Room.Dial)!.Tails);
        room.Stop();
        Assert.Equal(2, room.Session.DirectiveFor(Room.Dial)!.Tails.Length);
    }

    [Fact]
    public void Sfu_that_does_not_acknowledge_or_began_anew_has_nothing_to_fetch()
    {
        Room plain = Recording([]);
        plain.Ends("p1");
        Assert.Empty(plain.Session.DirectiveFor(Room.Dial)!.Tails);

        Room restarted = Recording(s_ack);
        restarted.Ends("p1");
        restarted.Epoch++;
        restarted.On(new LinkUp { TimeUs = 0, SfuId = "sfu", Capabilities = s_ack });
        Assert.Empty(restarted.Session.DirectiveFor(Room.Dial)!.Tails);
    }

    private static Room Recording(string[] capabilities)
    {
        var room = new Room();
        room.On(new LinkUp { TimeUs = 0, SfuId = "sfu", Capabilities = capabilities });
        room.Created();
        room.Joined("anna");
        room.Sends("p1", "anna");
        room.Sends("p2", "anna", "video");
        room.Start();
        room.On(new StartAnswered { TimeUs = 0, RecordingId = "rec1", Success = true, SfuRecordingId = "sfu-9" });
        Assert.Equal(["anna-audio", "anna-video"], room.Subscribed());
        return room;
    }
}
