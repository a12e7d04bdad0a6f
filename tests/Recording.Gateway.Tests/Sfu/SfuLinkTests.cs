using Google.Protobuf;
using NSubstitute;
using Recording.Gateway.Sfu.Links;
using Recording.Grains.Abstractions.Links;
using Recording.Grains.Abstractions.Rooms;
using Recording.Grains.Abstractions.Tracks;
using Recording.Model;
using Wire = Recording.Protocol.Sfu;

namespace Recording.Gateway.Tests.Sfu;

public sealed class SfuLinkTests
{
    private static readonly string[] s_ack = ["rtp_batch", "rtp_ack", "sender_reports", "track_details", "keyframe", "resync", "start_requested"];

    private readonly TestWorld _world = new();

    [Fact]
    public async Task Register_comes_first_with_fence_capabilities_and_room_limit()
    {
        var link = new LinkHarness(_world);
        await link.UntilSent(static m => m.Register is not null, "register");

        Wire.RecordingServiceRegister register = link.Stream.Sent.First().Register;
        Assert.Equal(7UL, register.Fence);
        Assert.Equal("gateway-1", register.ServiceId);
        Assert.Equal(500, register.MaxConcurrentRooms);
        Assert.Equal(["audio", "video", "screenshare", .. s_ack, "quality"], register.Capabilities);
    }

    [Fact]
    public async Task Link_that_was_dialled_by_the_sfu_takes_the_lease_of_its_id()
    {
        var link = new LinkHarness(_world, dialled: false);
        await link.RegisterAsync();

        await _world.Link.Received().Acquire("gateway-1", Arg.Any<ulong>());
        Assert.Equal("id:sfu-1", link.Link.Key);
        Assert.Equal(0UL, link.Stream.Sent.First().Register.Fence);
    }

    [Fact]
    public async Task Message_before_the_registration_is_answered_1001_and_the_link_goes_on()
    {
        var link = new LinkHarness(_world);
        link.Event(new Wire.RecordingRoomEvent { RoomCreated = new Wire.RoomCreated() });
        await link.UntilError(1001);

        await link.RegisterAsync();
        Assert.False(link.Run.IsCompleted);
    }

    [Fact]
    public async Task Sfu_that_never_registers_is_closed_with_1001()
    {
        var link = new LinkHarness(_world);
        await link.Until(() => link.Run.IsCompleted, "closed");
        Assert.Equal(RecordingErrorCode.NotRegistered, (await link.Run).Code);
    }

    [Fact]
    public async Task Three_silent_periods_close_the_link_with_1002_and_the_rooms_hear_of_it()
    {
        var link = new LinkHarness(_world);
        await link.RegisterAsync();
        link.Event(new Wire.RecordingRoomEvent { RoomCreated = new Wire.RoomCreated() });
        await link.Until(() => link.Run.IsCompleted, "closed");

        Assert.Equal(RecordingErrorCode.HeartbeatLost, (await link.Run).Code);
        Assert.Contains(link.Errors, static e => e.Code == 1002);
        await Eventually.True(
            () =>
            {
                _world.Services.Tick();
                return _world.Room().Events.OfType<LinkLost>().Any(static e => e.Code == RecordingErrorCode.HeartbeatLost);
            },
            "link_lost",
            _world.Time);
    }

    [Fact]
    public async Task Any_message_is_a_sign_of_life()
    {
        var link = new LinkHarness(_world);
        await link.RegisterAsync();
        for (int i = 0; i < 12; i++)
        {
            int read = link.Stream.Read;
            link.Stream.Deliver([0xFF]);
            await Eventually.True(() => link.Stream.Read > read, "read");
            _world.Time.Advance(TimeSpan.FromSeconds(4));
        }

        Assert.False(link.Run.IsCompleted);
    }

    [Fact]
    public async Task Newer_fence_closes_the_link_with_1006()
    {
        var link = new LinkHarness(_world);
        await link.RegisterAsync();
        link.Link.OnFenced(6);
        Assert.False(link.Run.IsCompleted);

        link.Link.OnFenced(8);
        await link.Until(() => link.Run.IsCompleted, "closed");
        Assert.Equal(RecordingErrorCode.FencedOut, (await link.Run).Code);
    }

    [Fact]
    public async Task Lease_that_another_gateway_took_closes_the_link_with_1006()
    {
        var link = new LinkHarness(_world);
        await link.RegisterAsync();
        _world.Link.Renew(default!, default).ReturnsForAnyArgs(new LinkLease(false, 9, TimeSpan.Zero));
        await link.Until(() => link.Run.IsCompleted, "closed");
        Assert.Equal(RecordingErrorCode.FencedOut, (await link.Run).Code);
    }

    [Fact]
    public async Task Room_that_saw_a_newer_link_closes_this_one_with_1006()
    {
        var link = new LinkHarness(_world);
        await link.RegisterAsync();
        _world.Room().IsFenced = true;
        link.Event(new Wire.RecordingRoomEvent { RoomCreated = new Wire.RoomCreated() });
        await link.Until(() => link.Run.IsCompleted, "closed");
        Assert.Equal(RecordingErrorCode.FencedOut, (await link.Run).Code);
    }

    [Fact]
    public async Task Newer_link_of_the_same_sfu_takes_over_and_its_rooms_hear_of_no_loss()
    {
        var older = new LinkHarness(_world, dialled: false);
        await older.RegisterAsync();
        older.Event(new Wire.RecordingRoomEvent { RoomCreated = new Wire.RoomCreated() });
        await older.Until(() => _world.Room().Events.OfType<RoomCreated>().Any(), "room");

        var newer = new LinkHarness(_world, dialled: false);
        await newer.RegisterAsync();
        await newer.Until(() => older.Run.IsCompleted, "closed");

        Assert.Equal(RecordingErrorCode.FencedOut, (await older.Run).Code);
        Assert.False(newer.Run.IsCompleted);
        Assert.DoesNotContain(_world.Room().Events, static e => e is LinkLost);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("../../etc/passwd")]
    [InlineData("a/../../b")]
    [InlineData("/etc")]
    [InlineData("..\\windows")]
    [InlineData("a\0b")]
    public async Task Id_that_could_lead_elsewhere_is_answered_1003(string id)
    {
        var link = new LinkHarness(_world);
        await link.RegisterAsync();
        link.Stream.Deliver(new Wire.SfuToRecording { RoomEvent = new Wire.RecordingRoomEvent { RoomId = id, RoomCreated = new Wire.RoomCreated() } });
        await link.UntilError(1003);
        int before = link.Errors.Count();
        link.Event(new Wire.RecordingRoomEvent { ProducerCreated = new Wire.ProducerCreated { ProducerId = id, PeerId = "anna" } });
        link.Event(new Wire.RecordingRoomEvent { ProducerCreated = new Wire.ProducerCreated { ProducerId = "p", PeerId = id } });
        link.Event(new Wire.RecordingRoomEvent { PeerJoined = new Wire.PeerJoined { PeerId = id } });
        await link.Until(() => link.Errors.Count() >= before + 3, "three more");

        Assert.All(link.Errors, static e => Assert.Equal(1003, e.Code));
        Assert.DoesNotContain(_world.RoomIds, r => r == id);
        Assert.False(link.Run.IsCompleted);
    }

    [Fact]
    public async Task Malformed_and_unknown_messages_are_answered_and_the_link_goes_on()
    {
        var link = new LinkHarness(_world);
        await link.RegisterAsync();
        link.Stream.Deliver([0xC2, 0x02, 0xFF]);
        link.Stream.Deliver(new Wire.SfuToRecording { RequestId = "empty" });
        await link.Until(() => link.Errors.Count(static e => e.Code == 1003) >= 2, "errors");
        Assert.False(link.Run.IsCompleted);
    }

    [Fact]
    public async Task Answers_about_a_room_or_handle_that_is_not_known_say_2001_and_3001()
    {
        var link = new LinkHarness(_world);
        await link.RegisterAsync(3, s_ack);
        link.Stream.Deliver(new Wire.SfuToRecording { TrackSubscribed = new Wire.TrackSubscribed { RoomId = "nowhere", ProducerId = "p" } });
        link.Batch(99, 1, TestWorld.Rtp(1));
        link.Packet("nobody", TestWorld.Rtp(1));
        await link.UntilError(2001);
        await link.Until(() => link.Errors.Count(static e => e.Code == 3001) >= 2, "3001");
    }

    [Fact]
    public async Task Room_beyond_the_limit_is_answered_2005()
    {
        var world = new TestWorld(static o => o.MaxRooms = 1);
        var link = new LinkHarness(world);
        await link.RegisterAsync();
        link.Event(new Wire.RecordingRoomEvent { RoomId = "one", RoomCreated = new Wire.RoomCreated() });
        link.Event(new Wire.RecordingRoomEvent { RoomId = "two", RoomCreated = new Wire.RoomCreated() });
        await link.UntilError(2005);
        Assert.Equal("two", link.Errors.First(static e => e.Code == 2005).RoomId);
    }

    [Fact]
    public async Task Room_that_opens_while_the_process_stops_is_answered_1005()
    {
        var link = new LinkHarness(_world);
        await link.RegisterAsync();
        _world.Services.BeginDraining();
        link.Event(new Wire.RecordingRoomEvent { RoomCreated = new Wire.RoomCreated() });
        await link.UntilError(1005);
    }

    [Fact]
    public async Task Refusal_of_a_room_reaches_the_sfu_with_its_code()
    {
        _world.Room().Refusals = [new RecordingFailure(RecordingErrorCode.NotAuthorizedToRecord, "Not authorized to record")];
        var link = new LinkHarness(_world);
        await link.RegisterAsync(3, s_ack);
        link.Stream.Deliver(new Wire.SfuToRecording { StartRequested = new Wire.StartRequested { RoomId = "room", RequesterId = "mallory", PolicyJson = "" } });
        await link.UntilError(5002);

        // The model room refuses every batch, the one with LinkUp too: the answer may come before the request has.
        await Eventually.True(() => _world.Room().Events.Any(static e => e is StartRequested { RequesterId: "mallory" }), "the request reaches the room");
    }

    [Fact]
    public async Task Plan_only_sfu_is_recorded_packet_by_packet_under_an_epoch_of_the_stream()
    {
        var link = new LinkHarness(_world);
        await link.RegisterAsync();
        await link.RecordAsync(withHandles: false, "p1");
        Assert.Equal("sfu-rec-9", link.Stream.Sent.First(static m => m.SubscribeTrack is not null).SubscribeTrack.RecordingId);
        for (ushort i = 1; i <= 50; i++)
        {
            link.Packet("p1", TestWorld.Rtp(i));
        }

        ModelTrackGrain grain = _world.Track("rec/p1-audio");
        await link.Until(() => grain.Batches.Sum(static b => b.Count) == 50, "appended");
        grain.Store();
        Assert.Equal(Enumerable.Range(1, 50).Select(static i => TestWorld.Rtp((ushort)i)), grain.Stored.OrderBy(static s => s.Key.Index).Select(static s => Assert.Single(s.Value)));
        Assert.Single(grain.Stored.Keys.Select(static k => k.Epoch).Distinct());
    }

    [Fact]
    public async Task Acknowledging_sfu_is_told_what_is_stored_and_when_its_track_is_drained()
    {
        var link = new LinkHarness(_world);
        await link.RegisterAsync(77, s_ack);
        await link.RecordAsync(withHandles: true, "p1");
        Assert.Equal(1UL, link.Stream.Sent.First(static m => m.SubscribeTrack is not null).SubscribeTrack.ResumeFrom);
        await link.UntilSent(static m => m.RtpAck is { TrackHandle: 1, DurableIndex: 0, WindowBytes: > 1_000_000 }, "first window");

        link.Batch(1, 1, TestWorld.Rtp(1), TestWorld.Rtp(2));
        link.Batch(1, 3, TestWorld.Rtp(3));
        ModelTrackGrain grain = _world.Track("rec/p1-audio");
        await link.Until(() => grain.Batches.Sum(static b => b.Count) == 3, "appended");
        Assert.DoesNotContain(link.Stream.Sent, static m => m.RtpAck is { DurableIndex: > 0 });

        grain.Store();
        await link.UntilSent(static m => m.RtpAck is { DurableIndex: 3 }, "ack");

        link.Directive(WantedState.Idle);
        await link.UntilSent(static m => m.StopRecording is { RecordingId: "sfu-rec-9" }, "stop");
        link.Stream.Deliver(new Wire.SfuToRecording { TrackEnded = new Wire.TrackEnded { TrackHandle = 1, LastIndex = 3 } });
        await link.Until(() => _world.Recording.ReceivedCalls().Any(static c => c.GetMethodInfo().Name == "TrackDrained"), "drained");
        await _world.Recording.Received().TrackDrained("p1-audio", 77, 3);
        await _world.Recording.Received().TrackResumed("p1-audio", 77);
    }

    [Fact]
    public async Task Same_session_on_a_new_connection_goes_on_where_it_was()
    {
        var first = new LinkHarness(_world);
        await first.RegisterAsync(77, s_ack);
        await first.RecordAsync(withHandles: true, "p1");
        first.Batch(1, 1, TestWorld.Rtp(1), TestWorld.Rtp(2));
        await first.Until(() => _world.Track("rec/p1-audio").Batches.Count > 0, "appended");
        first.Stream.End();
        await first.Until(() => first.Run.IsCompleted, "ended");

        var second = new LinkHarness(_world);
        await second.RegisterAsync(77, s_ack);
        await second.RecordAsync(withHandles: true, "p1");

        Assert.Equal(3UL, second.Stream.Sent.First(static m => m.SubscribeTrack is not null).SubscribeTrack.ResumeFrom);
        second.Batch(1, 3, TestWorld.Rtp(3));
        ModelTrackGrain grain = _world.Track("rec/p1-audio");
        await second.Until(() => grain.Batches.Sum(static b => b.Count) >= 3, "appended");
        grain.Store();
        Assert.Equal(new ulong[] { 1, 2, 3 }, grain.Stored.Keys.Where(static k => k.Epoch == 77).Select(static k => k.Index).Order());
    }

    [Fact]
    public async Task Sfu_that_comes_back_in_another_session_ends_the_tracks_of_the_one_before()
    {
        // Its process is gone with its rings: nobody will say which index was the last.
        var first = new LinkHarness(_world);
        await first.RegisterAsync(77, s_ack);
        await first.RecordAsync(withHandles: true, "p1");
        first.Batch(1, 1, TestWorld.Rtp(1), TestWorld.Rtp(2));
        ModelTrackGrain grain = _world.Track("rec/p1-audio");
        await first.Until(() => grain.Batches.Count > 0, "appended");
        grain.Store();
        first.Stream.End();
        await first.Until(() => first.Run.IsCompleted, "ended");
        await _world.Recording.DidNotReceiveWithAnyArgs().TrackDrained(default!, default, default);

        var second = new LinkHarness(_world);
        await second.RegisterAsync(78, s_ack);

        await second.Until(() => _world.Recording.ReceivedCalls().Any(static c => c.GetMethodInfo().Name == "TrackDrained"), "drained");
        await _world.Recording.Received().TrackDrained("p1-audio", 77, 2);
    }

    [Fact]
    public async Task Sender_report_becomes_an_entry_of_its_own_epoch()
    {
        var link = new LinkHarness(_world);
        await link.RegisterAsync(77, s_ack);
        await link.RecordAsync(withHandles: true, "p1");
        link.Stream.Deliver(new Wire.SfuToRecording { SenderReport = new Wire.SenderReport { TrackHandle = 1, Ssrc = 0xCAFE, NtpTime = 1UL << 40, RtpTimestamp = 960, ArrivalTimeUs = _world.NowUs } });
        link.Batch(1, 1, TestWorld.Rtp(1));
        ModelTrackGrain grain = _world.Track("rec/p1-audio");
        await link.Until(() => grain.Batches.Select(static b => b.Epoch).Distinct().Count() == 2, "two epochs");
        grain.Store();

        byte[] report = Assert.Single(Assert.Single(grain.Stored, static s => s.Key.Epoch != 77).Value);
        Assert.True(Media.Rtp.SenderReport.TryParse(report, out Media.Rtp.SenderReport parsed));
        Assert.Equal(0xCAFEu, parsed.Ssrc);
        Assert.Equal(1UL << 40, parsed.NtpTime);
    }

    [Fact]
    public async Task Time_that_is_missing_or_wrong_is_replaced_by_the_arrival_on_the_sfus_clock()
    {
        var link = new LinkHarness(_world);
        await link.RegisterAsync();
        await link.RecordAsync(withHandles: false, "p1");
        link.Packet("p1", TestWorld.Rtp(1), timeUs: 0);
        ModelTrackGrain grain = _world.Track("rec/p1-audio");
        await link.Until(() => grain.Blocks.Any(static b => b.Kind == Media.TrackFiles.BlockKind.Data), "appended");

        Media.TrackFiles.BlockHeader block = grain.Blocks.First(static b => b.Kind == Media.TrackFiles.BlockKind.Data);
        Assert.Equal(Media.TrackFiles.BlockFlags.ArrivalTime, block.Flags);
        Assert.Equal(block.ReceivedTimeUs, block.BaseTimeUs);
    }

    [Fact]
    public async Task Offset_of_the_sfus_clock_is_written_into_the_track()
    {
        var link = new LinkHarness(_world);
        link.Stream.Deliver(new Wire.SfuToRecording
        {
            RegisterResponse = new Wire.RecordingServiceRegisterResponse { Success = true, SfuId = "sfu-1", Timestamp = _world.NowUs - 3_600_000_000 },
        });
        await Eventually.True(() => link.Link.IsRegistered, "registered");
        await link.RecordAsync(withHandles: false, "p1");
        long sfuTime = _world.NowUs - 3_600_000_000;
        link.Packet("p1", TestWorld.Rtp(1), sfuTime);
        ModelTrackGrain grain = _world.Track("rec/p1-audio");
        await link.Until(() => grain.Markers.Exists(static m => m.Clock is not null), "clock");

        Assert.Equal(3_600_000_000, grain.Markers.First(static m => m.Clock is not null).Clock.OffsetUs);
        Media.TrackFiles.BlockHeader block = grain.Blocks.First(static b => b.Kind == Media.TrackFiles.BlockKind.Data);
        Assert.Equal(sfuTime, block.BaseTimeUs);
        Assert.Equal(Media.TrackFiles.BlockFlags.None, block.Flags);
    }

    [Fact]
    public async Task Bad_rtp_is_answered_3003_and_its_neighbours_are_stored()
    {
        var link = new LinkHarness(_world);
        await link.RegisterAsync();
        await link.RecordAsync(withHandles: false, "p1");
        link.Packet("p1", TestWorld.Rtp(1));
        link.Packet("p1", [1, 2, 3]);
        link.Packet("p1", TestWorld.Rtp(2));
        await link.UntilError(3003);
        ModelTrackGrain grain = _world.Track("rec/p1-audio");
        await link.Until(() => grain.Batches.Sum(static b => b.Count) == 3, "appended");
        grain.Store();
        Assert.Equal([TestWorld.Rtp(1), [], TestWorld.Rtp(2)], grain.Stored.OrderBy(static s => s.Key.Index).Select(static s => s.Value[0]));
    }

    [Fact]
    public async Task Snapshot_is_asked_for_and_reaches_its_rooms()
    {
        var link = new LinkHarness(_world);
        await link.RegisterAsync(77, s_ack);
        await link.UntilSent(static m => m.RoomSnapshotRequest is not null, "snapshot request");
        link.Stream.Deliver(new Wire.SfuToRecording
        {
            RoomSnapshot = new Wire.RoomSnapshot
            {
                Rooms =
                {
                    new Wire.RoomState
                    {
                        Room = new Wire.RoomCreated { RoomId = "room", HostId = "anna" },
                        Peers = { new Wire.PeerJoined { PeerId = "anna" } },
                        Producers = { new Wire.ProducerState { Producer = new Wire.ProducerCreated { ProducerId = "p1", PeerId = "anna", Kind = "audio" }, Paused = true } },
                        EventIndex = 4,
                    },
                },
            },
        });
        await link.Until(() => _world.Room().Events.OfType<RoomSnapshot>().Any(), "snapshot");
        await link.UntilSent(static m => m.EventAck is { EventIndex: 4 }, "event_ack");

        RoomSnapshot snapshot = _world.Room().Events.OfType<RoomSnapshot>().Single();
        Assert.Equal("anna", snapshot.Room.HostId);
        Assert.Equal(["p1"], snapshot.PausedProducerIds);
        Assert.IsType<LinkUp>(_world.Room().Events[0]);
    }

    [Fact]
    public async Task Starts_wait_for_each_other_where_the_sfu_does_not_echo_request_ids()
    {
        var link = new LinkHarness(_world);
        await link.RegisterAsync();
        foreach (string room in new[] { "a", "b" })
        {
            link.Event(new Wire.RecordingRoomEvent { RoomId = room, RoomCreated = new Wire.RoomCreated() });
            link.Link.OnDirective(new RoomDirective { RoomId = room, LinkKey = link.Key, Version = 1, State = WantedState.Recording, RecordingId = $"rec-{room}" });
        }

        await link.UntilSent(static m => m.StartRecording is { RoomId: "a" }, "first start");
        Assert.DoesNotContain(link.Stream.Sent, static m => m.StartRecording is { RoomId: "b" });
        link.Stream.Deliver(new Wire.SfuToRecording { StartRecordingResponse = new Wire.StartRecordingResponse { Success = true } });
        await link.UntilSent(static m => m.StartRecording is { RoomId: "b" }, "second start");
        link.Stream.Deliver(new Wire.SfuToRecording { StartRecordingResponse = new Wire.StartRecordingResponse { Success = false, ErrorMessage = "no" } });
        await link.Until(() => _world.Room("b").Events.OfType<StartAnswered>().Any(), "answered");

        Assert.True(_world.Room("a").Events.OfType<StartAnswered>().Single().Success);
        Assert.False(_world.Room("b").Events.OfType<StartAnswered>().Single().Success);
    }

    [Fact]
    public async Task Hostile_messages_keep_the_link_up_and_good_packets_safe()
    {
        var random = new Random(42);
        var link = new LinkHarness(_world);
        await link.RegisterAsync(77, s_ack);
        await link.RecordAsync(withHandles: true, "p1", "p2");
        byte[][] seeds = Seeds();
        var good = new List<byte[]>();
        for (int round = 0; round < 20_000; round++)
        {
            link.Stream.Deliver(Damage(random, seeds[random.Next(seeds.Length)]));
            if (round % 20 == 0)
            {
                byte[] packet = TestWorld.Rtp((ushort)good.Count);
                good.Add(packet);
                link.Batch(2, (ulong)good.Count, packet);
            }
        }

        ModelTrackGrain grain = _world.Track("rec/p2-audio");
        await link.Until(() => grain.Batches.Sum(static b => b.Count) >= good.Count, "all good packets are there");
        grain.Store();

        Assert.False(link.Run.IsCompleted);
        Assert.True(link.Link.Violations > 1000);
        Assert.Equal(good, grain.Stored.Where(static s => s.Key.Epoch == 77).OrderBy(static s => s.Key.Index).Select(static s => Assert.Single(s.Value)));
    }

    // Nothing here names handle 2 or track p2: what is damaged may end its own track, never another one.
    private static byte[][] Seeds() =>
    [
        .. new Wire.SfuToRecording[]
        {
            new() { RtpPacket = new Wire.RecordingRtpPacket { RoomId = "room", ProducerId = "p1", PeerId = "a", RtpData = ByteString.CopyFrom(TestWorld.Rtp(1)), ServerTimestamp = 1 } },
            new() { RoomEvent = new Wire.RecordingRoomEvent { RoomId = "fuzzed", ProducerCreated = new Wire.ProducerCreated { ProducerId = "p9", PeerId = "x", Kind = "audio", Ssrc = 9 } } },
            new() { RoomEvent = new Wire.RecordingRoomEvent { RoomId = "fuzzed", RoomPolicyUpdated = new Wire.RoomPolicyUpdated { Policy = new Wire.RecordingPolicy { Enabled = true } } } },
            new() { RoomEvent = new Wire.RecordingRoomEvent { RoomId = "fuzzed", ActiveSpeaker = new Wire.ActiveSpeaker { PeerId = "x", Volume = -20 } } },
            new() { StartRecordingResponse = new Wire.StartRecordingResponse { Success = true, AvailableTracks = { new Wire.TrackInfo { ProducerId = "p9", PeerId = "x" } } } },
            new() { HeartbeatAck = new Wire.HeartbeatAck { Timestamp = 5 } },
            new() { RoomSnapshot = new Wire.RoomSnapshot { Rooms = { new Wire.RoomState { Room = new Wire.RoomCreated { RoomId = "fuzzed" } } } } },
            new() { StartRequested = new Wire.StartRequested { RoomId = "fuzzed", RequesterId = "x", PolicyJson = "{\"features\":{}}" } },
            new() { Error = new Wire.RecordingError { RoomId = "fuzzed", Code = 3001, Message = "no" } },
            new() { RegisterResponse = new Wire.RecordingServiceRegisterResponse { Success = true, SfuId = "other" } },
        }.Select(static m => m.ToByteArray()),
    ];

    private static byte[] Damage(Random random, byte[] seed)
    {
        byte[] message = (byte[])seed.Clone();
        switch (random.Next(4))
        {
            case 0:
                return message[..random.Next(message.Length)];
            case 1:
                random.NextBytes(message);
                return message;
            default:
                // The tag stays: anything else could turn it into a message of the good track.
                for (int n = random.Next(4); n >= 0; n--)
                {
                    message[random.Next(Math.Min(3, message.Length - 1), message.Length)] = (byte)random.Next(256);
                }

                return message;
        }
    }
}
