using Recording.Grains.Abstractions.Rooms;
using Recording.Model;

namespace Recording.Grains.Tests.Rooms;

/// <summary>A room that never closes stays small.</summary>
public sealed class RoomBoundsTests
{
    [Fact]
    public void Participants_who_left_long_ago_are_forgotten_but_not_by_the_recording()
    {
        var room = Room.Recording();
        room.On(new PeerJoined { TimeUs = 0, PeerId = "hugo", IsHost = true });
        room.Left("hugo");
        room.Joined("paul");
        var joinedAtUs = room.State.Participants.Single(peer => peer.PeerId == "paul").JoinedAtUs;
        room.Left("paul");
        for (var i = 0; i < 1200; i++)
        {
            room.Joined($"guest-{i}");
            room.Left($"guest-{i}");
        }

        room.Joined("rosa");
        room.Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(1024 + 2, room.State.Participants.Count);
        Assert.Contains(room.State.Participants, peer => peer.PeerId == "hugo");
        Assert.Contains(room.State.Participants, peer => peer.PeerId == "rosa");
        Assert.Contains(room.State.Participants, peer => peer.PeerId == "guest-1199");
        Assert.DoesNotContain(room.State.Participants, peer => peer.PeerId == "paul");
        Assert.Equal(1203, room.State.Recording!.Participants.Count);

        room.On(new PeerJoined { TimeUs = 0, PeerId = "paul" });
        var back = Assert.Single(room.State.Recording!.Participants, peer => peer.PeerId == "paul");
        Assert.Equal((joinedAtUs, "PAUL", 0L), (back.JoinedAtUs, back.DisplayName, back.LeftAtUs));
    }

    [Fact]
    public void Links_that_are_gone_for_good_are_forgotten_with_what_was_only_on_them()
    {
        var room = Room.Recording();
        for (var i = 0; i < 100; i++)
        {
            room.Sends($"p{i}", $"peer-{i}", link: $"id:sfu-{i}");
            room.Lose($"id:sfu-{i}");
        }

        room.Pass(TimeSpan.FromMinutes(2));
        room.Pass(TimeSpan.FromSeconds(1));

        Assert.Equal(65, room.State.Links.Count);
        Assert.True(room.State.Links.ContainsKey(Room.Dial));
        Assert.True(room.State.Links.ContainsKey("id:sfu-99"));
        Assert.Equal(64, room.State.Producers.Count);
        Assert.Equal(RecordingStatus.Recording, room.Status);
        Assert.Equal(36, room.Timeline.Count(entry => entry is { Type: "producer_ended", Reason: "link_lost" }));
    }

    [Fact]
    public void Link_that_is_up_or_may_return_is_kept_however_many_there_are()
    {
        var room = Room.Recording();
        for (var i = 0; i < 100; i++)
        {
            room.Sends($"p{i}", $"peer-{i}", link: $"id:sfu-{i}");
        }

        room.Lose("id:sfu-1");
        room.Pass(TimeSpan.FromSeconds(30));
        Assert.Equal(101, room.State.Links.Count);
    }
}
