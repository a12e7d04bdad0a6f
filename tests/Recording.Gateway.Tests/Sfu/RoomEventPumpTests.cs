using FsCheck.Xunit;
using Microsoft.Extensions.Logging.Abstractions;
using Recording.Gateway.Sfu;
using Recording.Gateway.Sfu.Rooms;
using Recording.Grains.Abstractions.Rooms;

namespace Recording.Gateway.Tests.Sfu;

public sealed class RoomEventPumpTests
{
    private readonly TestWorld _world = new();
    private readonly LinkFence _fence = new(7);

    [Property(MaxTest = 50)]
    public void Every_event_arrives_once_and_in_order_though_calls_fail(int seed)
    {
        var random = new Random(seed);
        var world = new TestWorld();
        RoomEventPump pump = Pump(world, new LinkFence(7));
        world.Room().Fail = () => random.Next(3) == 0 ? new TimeoutException() : null;
        for (int i = 1; i <= 200; i++)
        {
            pump.Add(Joined(i));
            world.Room().IsDurable = random.Next(3) != 0;
            world.Time.Advance(TimeSpan.FromMilliseconds(random.Next(400)));
            pump.Kick();
        }

        world.Room().Fail = static () => null;
        world.Room().IsDurable = true;
        for (int i = 0; i < 10; i++)
        {
            world.Time.Advance(TimeSpan.FromSeconds(2));
            pump.Kick();
        }

        Assert.Equal(0, pump.Pending);
        Assert.Equal(Enumerable.Range(1, 200).Select(static i => $"peer-{i}"), world.Room().Events.Cast<PeerJoined>().Select(static e => e.PeerId), StringComparer.Ordinal);
    }

    [Fact]
    public void Events_are_kept_until_they_are_durable()
    {
        _world.Room().IsDurable = false;
        RoomEventPump pump = Pump(_world, _fence);
        pump.Add(Joined(1));
        Assert.Equal(1, pump.Pending);
        _world.Room().IsDurable = true;
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        pump.Kick();
        Assert.Equal(0, pump.Pending);
    }

    [Fact]
    public void New_pump_goes_on_with_the_numbers_that_the_room_has_of_this_fence()
    {
        Pump(_world, _fence).Add(Joined(1));
        RoomEventPump second = Pump(_world, _fence);
        second.Add(Joined(2));
        second.Kick();
        Assert.Equal(["peer-1", "peer-2"], _world.Room().Events.Cast<PeerJoined>().Select(static e => e.PeerId), StringComparer.Ordinal);
        Assert.Equal(0, second.Pending);
    }

    [Fact]
    public void What_is_not_durable_is_sent_again_under_a_new_fence()
    {
        _world.Room().IsDurable = false;
        RoomEventPump pump = Pump(_world, _fence);
        pump.Add(Joined(1));
        _fence.RaiseTo(8);
        pump.Add(Joined(2));
        Assert.Equal(["peer-1", "peer-1", "peer-2"], _world.Room().Events.Cast<PeerJoined>().Select(static e => e.PeerId), StringComparer.Ordinal);
    }

    [Fact]
    public void Room_that_forgot_what_was_durable_gets_what_follows()
    {
        RoomEventPump pump = Pump(_world, _fence);
        pump.Add(Joined(1));
        _world.Room().Forget();
        pump.Add(Joined(2));
        _world.Time.Advance(TimeSpan.FromSeconds(1));
        pump.Kick();
        Assert.Equal("peer-2", _world.Room().Events.OfType<PeerJoined>().Last().PeerId);
        Assert.Equal(0, pump.Pending);
    }

    [Fact]
    public void Speakers_go_four_times_a_second_at_most_and_the_last_one_wins()
    {
        RoomEventPump pump = Pump(_world, _fence);
        for (int i = 0; i < 100; i++)
        {
            pump.Add(new ActiveSpeaker { TimeUs = i, PeerId = $"peer-{i}" });
            _world.Time.Advance(TimeSpan.FromMilliseconds(10));
            pump.Kick();
        }

        _world.Time.Advance(TimeSpan.FromMilliseconds(250));
        pump.Kick();
        ActiveSpeaker[] speakers = [.. _world.Room().Events.OfType<ActiveSpeaker>()];
        Assert.InRange(speakers.Length, 4, 6);
        Assert.Equal("peer-99", speakers[^1].PeerId);
    }

    [Fact]
    public void Speakers_that_the_sfu_numbered_wait_but_none_is_left_out()
    {
        RoomEventPump pump = Pump(_world, _fence);
        for (uint i = 1; i <= 10; i++)
        {
            pump.Add(new ActiveSpeaker { TimeUs = i, PeerId = "x", EventIndex = i });
        }

        pump.Add(Joined(11) with { EventIndex = 11 });
        Assert.Equal(Enumerable.Range(1, 11).Select(static i => (ulong)i), _world.Room().Events.Select(static e => e.EventIndex));
    }

    [Fact]
    public void Room_hears_of_a_link_that_is_up_although_nothing_happens()
    {
        RoomEventPump pump = Pump(_world, _fence);
        pump.IsLinkUp = true;
        pump.Add(Joined(1));
        int calls = _world.Room().Calls;
        _world.Time.Advance(TimeSpan.FromSeconds(5));
        pump.Kick();
        Assert.Equal(calls + 1, _world.Room().Calls);
    }

    [Fact]
    public void Events_of_an_older_session_go_under_its_number_and_the_newer_ones_events_follow()
    {
        _world.Room().Fail = static () => new TimeoutException();
        RoomEventPump pump = Pump(_world, _fence);
        pump.Add(Joined(1) with { EventIndex = 57 });
        pump.Add(new ActiveSpeaker { TimeUs = 2, PeerId = "x", EventIndex = 58 });
        pump.Epoch = 2;
        pump.Add(Joined(3) with { EventIndex = 57 });
        pump.Add(new ActiveSpeaker { TimeUs = 4, PeerId = "x", EventIndex = 58 });
        var answers = new List<ulong>();
        pump.Answered = (_, epoch) => answers.Add(epoch);

        _world.Room().Fail = static () => null;
        for (int i = 0; i < 3; i++)
        {
            _world.Time.Advance(TimeSpan.FromSeconds(2));
            pump.Kick();
        }

        Assert.Equal([(1UL, 57UL), (1UL, 58UL), (2UL, 57UL), (2UL, 58UL)], _world.Room().Indexes);
        Assert.Equal([1UL, 2UL], answers.Distinct().Order());
        Assert.Equal(0, pump.Pending);
    }

    [Fact]
    public void Pump_without_a_link_that_is_fenced_out_gives_up_its_events()
    {
        RoomEventPump pump = Pump(_world, _fence);
        pump.IsLinkUp = true;
        _world.Room().IsFenced = true;
        pump.Add(Joined(1));
        Assert.Equal(1, pump.Pending);

        pump.IsLinkUp = false;
        _world.Time.Advance(TimeSpan.FromSeconds(2));
        pump.Kick();
        Assert.Equal(0, pump.Pending);

        int calls = _world.Room().Calls;
        _world.Time.Advance(TimeSpan.FromMinutes(1));
        pump.Kick();
        Assert.Equal(calls, _world.Room().Calls);
    }

    [Fact]
    public void Pump_that_was_fenced_out_goes_on_under_a_newer_fence()
    {
        RoomEventPump pump = Pump(_world, _fence);
        _world.Room().IsFenced = true;
        pump.Add(Joined(1));
        _world.Room().IsFenced = false;
        _fence.RaiseTo(9);
        pump.IsLinkUp = true;
        pump.Add(Joined(2));
        _world.Time.Advance(TimeSpan.FromSeconds(2));
        pump.Kick();
        Assert.Equal("peer-2", _world.Room().Events.OfType<PeerJoined>().Last().PeerId);
        Assert.Equal(0, pump.Pending);
    }

    [Fact]
    public void Refusal_of_an_older_fence_is_not_held_against_the_link_that_is_up()
    {
        RoomEventPump pump = Pump(_world, _fence);
        pump.IsLinkUp = true;
        bool fenced = false;
        pump.Answered = (result, _) => fenced |= result.Fenced;
        _world.Room().IsFenced = true;
        _world.Room().Fail = () =>
        {
            // The first call is under way when the lease is taken again.
            _world.Room().IsFenced = _fence.Value == 7;
            _fence.RaiseTo(9);
            return null;
        };
        pump.Add(Joined(1));
        Assert.False(fenced);
        Assert.Equal(0, pump.Pending);
    }

    private static PeerJoined Joined(int number) => new() { TimeUs = number, PeerId = $"peer-{number}" };

    private static RoomEventPump Pump(TestWorld world, LinkFence fence) => new(world.Grains, world.Time, NullLogger.Instance, world.Metrics, "room", "dial:x", fence) { Epoch = 1 };
}
