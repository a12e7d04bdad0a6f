using NSubstitute;
using Recording.Gateway.Sfu.Links;
using Recording.Grains.Abstractions.Rooms;
using Recording.Grains.Abstractions.Tracks;
using Recording.Model;
using Wire = Recording.Protocol.Sfu;

namespace Recording.Gateway.Tests.Sfu;

/// <summary>What becomes of a track over the life of a link: silence, another turn, another gateway, key frames.</summary>
public sealed class LinkTrackTests
{
    private static readonly string[] s_ack = ["rtp_batch", "rtp_ack", "sender_reports", "keyframe"];

    private readonly TestWorld _world = new();

    [Fact]
    public async Task Track_that_is_silent_for_eleven_minutes_goes_on_as_before()
    {
        var link = new LinkHarness(_world);
        await link.RegisterAsync(77, s_ack);
        await link.RecordAsync(withHandles: true, "p1");
        ModelTrackGrain grain = _world.Track("rec/p1-audio");
        link.Batch(1, 1, TestWorld.Rtp(1));
        Report(link, 960);
        await link.Until(() => grain.Batches.Sum(static b => b.Count) == 2, "appended");
        grain.Store();
        await link.UntilSent(static m => m.RtpAck is { DurableIndex: 1 }, "ack");

        await link.PassAsync(TimeSpan.FromMinutes(11));
        link.Batch(1, 2, TestWorld.Rtp(2));
        Report(link, 1920);
        await link.Until(() => grain.Batches.Sum(static b => b.Count) == 4, "appended after the silence");
        grain.Store();
        await link.UntilSent(static m => m.RtpAck is { DurableIndex: 2 }, "ack after the silence");

        link.Directive(WantedState.Idle);
        link.Stream.Deliver(new Wire.SfuToRecording { TrackEnded = new Wire.TrackEnded { TrackHandle = 1, LastIndex = 2 } });
        await link.Until(() => Calls("TrackDrained") == 1, "drained");
        await _world.Recording.Received().TrackDrained("p1-audio", 77, 2);
    }

    [Fact]
    public async Task Sender_reports_are_not_waited_for_by_themselves_but_are_stored_before_their_track_is_over()
    {
        var link = new LinkHarness(_world);
        await link.RegisterAsync(77, s_ack);
        await link.RecordAsync(withHandles: true, "p1");
        ModelTrackGrain grain = _world.Track("rec/p1-audio");
        link.Batch(1, 1, TestWorld.Rtp(1));
        await link.Until(() => grain.Batches.Sum(static b => b.Count) == 1, "appended");
        grain.Store();
        await link.UntilSent(static m => m.RtpAck is { DurableIndex: 1 }, "ack");
        Report(link, 960);
        await link.Until(() => _world.Ingests.Count == 2, "the report has come");

        link.Directive(WantedState.Idle);
        link.Stream.Deliver(new Wire.SfuToRecording { TrackEnded = new Wire.TrackEnded { TrackHandle = 1, LastIndex = 1 } });
        await link.Until(() => grain.Batches.Sum(static b => b.Count) == 2, "the report is appended");
        await link.PassAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(0, Calls("TrackDrained"));
        grain.Store();
        await link.Until(() => Calls("TrackDrained") == 1, "drained");

        await _world.Recording.Received().TrackDrained("p1-audio", 77, 1);
        Assert.Equal(2, grain.Stored.Keys.Select(static k => k.Epoch).Distinct().Count());
        await _world.Recording.DidNotReceive().TrackResumed(Arg.Any<string>(), Arg.Is<ulong>(static epoch => epoch != 77));
    }

    [Fact]
    public async Task Track_whose_link_is_gone_is_forgotten_in_the_end()
    {
        var link = new LinkHarness(_world);
        await link.RegisterAsync(77, s_ack);
        await link.RecordAsync(withHandles: true, "p1");
        link.Batch(1, 1, TestWorld.Rtp(1));
        ModelTrackGrain grain = _world.Track("rec/p1-audio");
        await link.Until(() => grain.Batches.Count > 0, "appended");
        grain.Store();
        link.Stream.End();
        await link.Until(() => link.Run.IsCompleted, "ended");
        Assert.Equal(1, _world.Ingests.Count);

        await Eventually.True(
            () =>
            {
                _world.Ingests.Tick();
                return _world.Ingests.Count == 0;
            },
            "forgotten",
            _world.Time,
            TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Media_type_that_is_turned_off_and_on_again_counts_on()
    {
        var link = new LinkHarness(_world);
        await link.RegisterAsync();
        await link.RecordAsync(withHandles: false, "p1");
        ModelTrackGrain grain = _world.Track("rec/p1-audio");
        await StretchAsync(link, grain, 0);

        link.Directive(WantedState.Recording);
        await link.UntilSent(static m => m.UnsubscribeTrack is not null, "unsubscribe");
        await link.Until(() => Calls("TrackDrained") == 1, "drained");
        await link.PassAsync(TimeSpan.FromSeconds(60));

        link.Directive(WantedState.Recording, "p1");
        await link.Until(() => link.Stream.Sent.Count(static m => m.SubscribeTrack is not null) == 2, "subscribe again");
        await StretchAsync(link, grain, 10);

        link.Directive(WantedState.Idle);
        await link.Until(() => Calls("TrackDrained") == 2, "drained again");
        Assert.Equal(
            Enumerable.Range(1, 20).Select(static i => TestWorld.Rtp((ushort)i)),
            grain.Stored.OrderBy(static s => s.Key.Index).Select(static s => Assert.Single(s.Value)));
        Assert.Single(grain.Stored.Keys.Select(static k => k.Epoch).Distinct());
        ulong epoch = grain.Stored.Keys.First().Epoch;
        await _world.Recording.Received().TrackDrained("p1-audio", epoch, 20);
    }

    [Fact]
    public async Task Tracks_of_a_room_that_is_over_are_forgotten_though_the_link_stays()
    {
        var link = new LinkHarness(_world);
        await link.RegisterAsync();
        await link.RecordAsync(withHandles: false, "p1");
        await StretchAsync(link, _world.Track("rec/p1-audio"), 0);
        link.Directive(WantedState.Idle);
        link.Event(new Wire.RecordingRoomEvent { RoomClosed = new Wire.RoomClosed() });
        await link.Until(() => Calls("TrackDrained") == 1, "drained");

        await link.PassAsync(TimeSpan.FromSeconds(60));
        await link.Until(() => _world.Ingests.Count == 0, "forgotten");
        Assert.False(link.Run.IsCompleted);
    }

    [Fact]
    public async Task Fenced_track_acknowledges_nothing_and_drains_nothing_and_begins_anew_when_the_link_is_ours_again()
    {
        var first = new LinkHarness(_world);
        await first.RegisterAsync(77, s_ack);
        await first.RecordAsync(withHandles: true, "p1");
        ModelTrackGrain grain = _world.Track("rec/p1-audio");
        first.Batch(1, 1, TestWorld.Rtp(1), TestWorld.Rtp(2));
        await first.Until(() => grain.Batches.Count == 1, "appended");
        grain.Answer = AppendStatus.Fenced;
        first.Batch(1, 3, TestWorld.Rtp(3));
        await first.Until(() => first.Run.IsCompleted, "closed");
        Assert.Equal(RecordingErrorCode.FencedOut, (await first.Run).Code);
        Assert.DoesNotContain(first.Stream.Sent, static m => m.RtpAck is { DurableIndex: > 0 });
        Assert.Equal(0, Calls("TrackDrained"));
        await first.Until(() => _world.Memory.Used == 0, "given back");

        grain.Answer = null;
        grain.Kill();
        var second = new LinkHarness(_world);
        await second.RegisterAsync(77, s_ack);
        await second.RecordAsync(withHandles: true, "p1");
        Assert.Equal(1UL, second.Stream.Sent.First(static m => m.SubscribeTrack is not null).SubscribeTrack.ResumeFrom);
        second.Batch(1, 1, TestWorld.Rtp(1), TestWorld.Rtp(2), TestWorld.Rtp(3));
        await second.Until(() => grain.Batches.Any(static b => b.Count == 3), "appended again");
        grain.Store();
        await second.UntilSent(static m => m.RtpAck is { DurableIndex: 3 }, "ack");
        Assert.False(second.Run.IsCompleted);
    }

    [Fact]
    public async Task Key_frames_are_asked_for_until_one_is_seen_and_again_after_a_pause_and_a_gap()
    {
        var link = new LinkHarness(_world) { Kind = "video" };
        await link.RegisterAsync(77, s_ack);
        await link.RecordAsync(withHandles: true, "p1");
        await link.Until(() => Requests(link) == 3, "three requests");
        Assert.All(link.Stream.Sent.Where(static m => m.RequestKeyframe is not null), static m => Assert.Equal(("room", "p1", 0u), (m.RequestKeyframe.RoomId, m.RequestKeyframe.ProducerId, m.RequestKeyframe.Ssrc)));

        // 16 = 0x10: start of a VP8 frame that is a key frame.
        await DeliverAsync(link, 1, TestWorld.Rtp(16));
        int seen = Requests(link);
        await link.PassAsync(TimeSpan.FromSeconds(8));
        Assert.Equal(seen, Requests(link));

        await DeliverAsync(link, 2, TestWorld.Rtp(19));
        await link.Until(() => Requests(link) == seen + 1, "a request for the gap");
        Assert.Equal(0xCAFEu, link.Stream.Sent.Last(static m => m.RequestKeyframe is not null).RequestKeyframe.Ssrc);

        link.Directive(WantedState.Paused, "p1");
        await link.UntilSent(static m => m.PauseRecording is not null, "pause");
        link.Directive(WantedState.Recording, "p1");
        await link.Until(() => Requests(link) >= seen + 3, "requests after the pause");
    }

    [Fact]
    public async Task Key_frames_are_not_asked_for_where_the_sfu_cannot_give_them()
    {
        var link = new LinkHarness(_world) { Kind = "video" };
        await link.RegisterAsync(77, "rtp_batch", "rtp_ack");
        await link.RecordAsync(withHandles: true, "p1");
        await link.PassAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(0, Requests(link));
    }

    private static int Requests(LinkHarness link) => link.Stream.Sent.Count(static m => m.RequestKeyframe is not null);

    private static void Report(LinkHarness link, uint rtpTimestamp) => link.Stream.Deliver(new Wire.SfuToRecording
    {
        SenderReport = new Wire.SenderReport { TrackHandle = 1, Ssrc = 0xCAFE, NtpTime = 1UL << 40, RtpTimestamp = rtpTimestamp, ArrivalTimeUs = link.World.NowUs },
    });

    private static async Task DeliverAsync(LinkHarness link, ulong index, byte[] packet)
    {
        int read = link.Stream.Read;
        link.Batch(1, index, packet);
        await Eventually.True(() => link.Stream.Read > read, "read");
        await link.Until(() => link.World.Track("rec/p1-video").Batches.Any(b => b.FirstIndex == index && b.Count > 0), "appended");
    }

    private static async Task StretchAsync(LinkHarness link, ModelTrackGrain grain, int from)
    {
        for (int i = 1; i <= 10; i++)
        {
            link.Packet("p1", TestWorld.Rtp((ushort)(from + i)));
        }

        await link.Until(() => grain.Batches.Sum(static b => b.Count) == from + 10, $"appended from {from}");
        grain.Store();
    }

    private int Calls(string method) => _world.Recording.ReceivedCalls().Count(c => c.GetMethodInfo().Name == method);
}
