using Google.Protobuf;
using Recording.Gateway.Sfu.Links;
using Recording.Grains.Abstractions.Rooms;
using Wire = Recording.Protocol.Sfu;

namespace Recording.Gateway.Tests.Sfu;

/// <summary>A link with a test at its other end.</summary>
internal sealed class LinkHarness
{
    private long _version;

    public LinkHarness(TestWorld world, bool dialled = true)
    {
        World = world;
        Key = dialled ? "dial:sfu:50055" : "id:sfu-1";
        LinkLeaseKeeper? lease = null;
        if (dialled)
        {
            lease = new LinkLeaseKeeper(Key, world.Services.HoldContinuity(Key).Fence, world.Grains, world.Time, world.Options, world.Services.Logger);
            lease.AcquireAsync(CancellationToken.None).GetAwaiter().GetResult();
        }

        Link = new SfuLink(Stream, world.Services, dialled ? Key : null, lease);
        Run = world.Services.RunAsync(Link);
    }

    public TestWorld World { get; }

    public string Key { get; }

    public FakeFrameStream Stream { get; } = new();

    public SfuLink Link { get; }

    public Task<LinkEnd> Run { get; }

    /// <summary>Kind of the producers that are recorded.</summary>
    public string Kind { get; init; } = "audio";

    public IEnumerable<Wire.RecordingError> Errors => Stream.Sent.Where(static m => m.Error is not null).Select(static m => m.Error);

    public Task Until(Func<bool> condition, string what) => Eventually.True(
        () =>
        {
            World.Ingests.Tick();
            return condition();
        },
        what,
        World.Time);

    public Task UntilSent(Func<Wire.RecordingToSfu, bool> match, string what) => Until(() => Stream.Sent.Any(match), what);

    public Task UntilError(int code) => Until(() => Errors.Any(e => e.Code == code), $"error {code}");

    public async Task RegisterAsync(ulong sessionId = 0, params string[] capabilities)
    {
        Stream.Deliver(new Wire.SfuToRecording
        {
            RequestId = "register",
            RegisterResponse = new Wire.RecordingServiceRegisterResponse
            {
                Success = true,
                SfuId = "sfu-1",
                SessionId = sessionId,
                Capabilities = { capabilities },
                Timestamp = World.NowUs,
            },
        });
        await Eventually.True(() => Link.IsRegistered, "registered");
    }

    public void Event(Wire.RecordingRoomEvent roomEvent)
    {
        if (roomEvent.RoomId.Length == 0)
        {
            roomEvent.RoomId = "room";
        }

        Stream.Deliver(new Wire.SfuToRecording { RoomEvent = roomEvent });
    }

    public void Directive(WantedState state, params string[] producers) => Link.OnDirective(new RoomDirective
    {
        RoomId = "room",
        LinkKey = Key,
        Version = ++_version,
        State = state,
        RecordingId = "rec",
        Prefix = "rooms/room/rec/",
        RequesterId = "host",
        Tracks = [.. producers.Select(p => new TrackDirective { ProducerId = p, TrackId = $"{p}-{Kind}", PeerId = $"peer-{p}", Kind = Kind })],
    });

    /// <summary>Brings one room to recording with the given producers subscribed; handles count from 1.</summary>
    public async Task RecordAsync(bool withHandles, params string[] producers)
    {
        Event(new Wire.RecordingRoomEvent { RoomCreated = new Wire.RoomCreated { RoomId = "room" } });
        Directive(WantedState.Recording, producers);
        await UntilSent(static m => m.StartRecording is not null, "start_recording");
        string requestId = Stream.Sent.Last(static m => m.StartRecording is not null).RequestId;
        Stream.Deliver(new Wire.SfuToRecording
        {
            RequestId = requestId,
            StartRecordingResponse = new Wire.StartRecordingResponse { Success = true, RecordingId = "sfu-rec-9" },
        });
        await Until(() => producers.All(p => Stream.Sent.Any(m => m.SubscribeTrack?.ProducerId == p)), "subscribe_track");
        uint handle = 0;
        foreach (string producer in producers)
        {
            Stream.Deliver(new Wire.SfuToRecording
            {
                TrackSubscribed = new Wire.TrackSubscribed
                {
                    RoomId = "room",
                    ProducerId = producer,
                    TrackHandle = withHandles ? ++handle : 0,
                    TrackInfo = new Wire.TrackInfo { ProducerId = producer, PeerId = $"peer-{producer}", Kind = Kind, Codec = Kind == "video" ? "vp8" : "opus", PayloadType = 111 },
                },
            });
        }

        await Eventually.True(() => World.Room().Events.OfType<TrackSubscribed>().Count() >= producers.Length, "track_subscribed");
    }

    /// <summary>Lets time pass with nothing but answered heartbeats.</summary>
    public async Task PassAsync(TimeSpan duration)
    {
        TimeSpan step = World.Options.HeartbeatInterval * 0.8;
        for (TimeSpan passed = TimeSpan.Zero; passed < duration; passed += step)
        {
            int read = Stream.Read;
            Stream.Deliver(new Wire.SfuToRecording { HeartbeatAck = new Wire.HeartbeatAck() });
            await Eventually.True(() => Stream.Read > read, "read");
            World.Time.Advance(step);
            World.Ingests.Tick();
        }
    }

    public void Packet(string producer, byte[] rtp, long? timeUs = null) => Stream.Deliver(new Wire.SfuToRecording
    {
        RtpPacket = new Wire.RecordingRtpPacket { RoomId = "room", ProducerId = producer, RtpData = ByteString.CopyFrom(rtp), ServerTimestamp = timeUs ?? World.NowUs },
    });

    public void Batch(uint handle, ulong first, params byte[][] packets) => Stream.Deliver(new Wire.SfuToRecording
    {
        RtpBatch = new Wire.RtpBatch
        {
            TrackHandle = handle,
            FirstIndex = first,
            Count = (uint)packets.Length,
            BaseTimeUs = World.NowUs,
            Packets = ByteString.CopyFrom(TestWorld.Payload(World.NowUs, packets)),
        },
    });
}
