using System.Buffers.Binary;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Orleans;
using Recording.Gateway.Sfu;
using Recording.Gateway.Sfu.Ingest;
using Recording.Gateway.Sfu.Links;
using Recording.Gateway.Sfu.Spool;
using Recording.Grains.Abstractions.Links;
using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Abstractions.Rooms;
using Recording.Grains.Abstractions.Tracks;
using Recording.Media.TrackFiles;

namespace Recording.Gateway.Tests.Sfu;

/// <summary>The shared services of links, on a clock that stands still and grains in memory.</summary>
internal sealed class TestWorld
{
    private readonly Dictionary<string, ModelTrackGrain> _tracks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ModelRoomGrain> _rooms = new(StringComparer.Ordinal);
    private ulong _epoch = 1000;

    public TestWorld(Action<SfuLinkOptions>? configure = null, SpoolOptions? spool = null, TestWorld? killed = null)
    {
        Inherit(killed);
        Options = new SfuLinkOptions { ServiceId = "gateway-1" };
        configure?.Invoke(Options);
        Time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 3, 10, 0, 0, TimeSpan.Zero));
        Grains = Substitute.For<IGrainFactory>();
        Grains.GetGrain<ITrackGrain>(Arg.Any<string>(), Arg.Any<string?>()).Returns(call => Track(call.ArgAt<string>(0)));
        Grains.GetGrain<IRoomGrain>(Arg.Any<string>(), Arg.Any<string?>()).Returns(call => Room(call.ArgAt<string>(0)));
        Recording = Substitute.For<IRecordingGrain>();
        Grains.GetGrain<IRecordingGrain>(Arg.Any<string>(), Arg.Any<string?>()).Returns(Recording);
        Link = Substitute.For<ISfuLinkGrain>();
        Link.Acquire(default!, default).ReturnsForAnyArgs(new LinkLease(true, 7, TimeSpan.FromSeconds(6)));
        Link.Renew(default!, default).ReturnsForAnyArgs(new LinkLease(true, 7, TimeSpan.FromSeconds(6)));
        Link.Attach(default, default!, default!).ReturnsForAnyArgs(true);
        Grains.GetGrain<ISfuLinkGrain>(Arg.Any<string>(), Arg.Any<string?>()).Returns(Link);
        Grains.CreateObjectReference<ISfuLinkObserver>(Arg.Any<IGrainObserver>()).Returns(static call => (ISfuLinkObserver)call.ArgAt<IGrainObserver>(0));
        Memory = new GatewayMemory(Options.BufferBytes);
        Metrics = new SfuLinkMetrics(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>(), Memory);
        if (spool is not null)
        {
            Spool = new PacketSpool(spool, SpoolMetrics, Time, NullLogger<PacketSpool>.Instance);
        }

        Context = new IngestContext(Grains, Time, Options, Memory, Metrics, NullLogger.Instance, Spool);
        Ingests = new TrackIngests(Context);
        if (Spool is not null)
        {
            Ingests.Adopt(Spool.Open());
        }

        Services = new SfuLinkServices(Microsoft.Extensions.Options.Options.Create(Options), Context, Ingests, Logs) { NewEpoch = () => ++_epoch };
    }

    public static TrackIdentity Identity { get; } = new()
    {
        RoomId = "room",
        RecordingId = "rec",
        Prefix = "rooms/room/rec/",
        TrackId = "anna-audio",
        ProducerId = "p1",
        PeerId = "anna",
        Kind = "audio",
    };

    public SfuLinkOptions Options { get; }

    public FakeTimeProvider Time { get; }

    public IGrainFactory Grains { get; }

    public IRecordingGrain Recording { get; }

    public ISfuLinkGrain Link { get; }

    public GatewayMemory Memory { get; }

    public SfuLinkMetrics Metrics { get; }

    public IngestContext Context { get; }

    public TrackIngests Ingests { get; }

    public PacketSpool? Spool { get; }

    public SpoolMetrics SpoolMetrics { get; } = new(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>());

    public SfuLinkServices Services { get; }

    public CountingLogger Logs { get; } = new();

    public long NowUs => UnixTime.Microseconds(Time);

    public ModelTrackGrain Track(string key = "rec/anna-audio")
    {
        lock (_tracks)
        {
            return _tracks.TryGetValue(key, out ModelTrackGrain? track) ? track : _tracks[key] = new ModelTrackGrain();
        }
    }

    public ModelRoomGrain Room(string roomId = "room")
    {
        lock (_rooms)
        {
            return _rooms.TryGetValue(roomId, out ModelRoomGrain? room) ? room : _rooms[roomId] = new ModelRoomGrain();
        }
    }

    public IReadOnlyCollection<string> RoomIds
    {
        get
        {
            lock (_rooms)
            {
                return [.. _rooms.Keys];
            }
        }
    }

    public TrackIngest Ingest(IngestKind kind, ulong epoch = 5, TrackIdentity? identity = null, KeyframePacer? keyframes = null, Func<uint, bool>? foreign = null) =>
        new(Context, identity ?? Identity, new LinkFence(7), epoch, kind, keyframes, foreign);

    /// <summary>Ends the spool's thread.</summary>
    public void End() => Spool?.Dispose();

    /// <summary>Moves the clock on in steps of a tick and lets the track send what is due.</summary>
    public void Run(TrackIngest ingest, TimeSpan duration)
    {
        for (TimeSpan passed = TimeSpan.Zero; passed < duration; passed += TimeSpan.FromMilliseconds(20))
        {
            Time.Advance(TimeSpan.FromMilliseconds(20));
            ingest.Tick();
        }
    }

    /// <summary>A sound RTP packet.</summary>
    public static byte[] Rtp(ushort sequence, uint ssrc = 0xCAFE, byte payloadType = 111, int payload = 40)
    {
        byte[] packet = new byte[12 + payload];
        packet[0] = 0x80;
        packet[1] = payloadType;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), sequence);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), sequence * 960u);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), ssrc);
        packet.AsSpan(12).Fill((byte)sequence);
        return packet;
    }

    /// <summary>The payload of a batch.</summary>
    public static byte[] Payload(long baseTimeUs, IEnumerable<byte[]> packets)
    {
        var writer = new DataPayloadWriter();
        foreach (byte[] packet in packets)
        {
            Assert.True(writer.TryAdd(baseTimeUs, packet));
        }

        return writer.Payload.ToArray();
    }

    // Its track grains' activations died: what they had stored is stored.
    private void Inherit(TestWorld? killed)
    {
        foreach ((string key, ModelTrackGrain track) in killed?._tracks ?? [])
        {
            track.Kill();
            _tracks[key] = track;
        }
    }
}
