using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NSubstitute;
using Recording.Gateway.Sfu;
using Recording.Gateway.Sfu.Hosting;
using Recording.Gateway.Sfu.Links;
using Recording.Grains.Abstractions.Links;
using Recording.Grains.Abstractions.Rooms;
using Recording.Model;
using Recording.Protocol.Errors;
using Recording.Protocol.Ingest;
using Wire = Recording.Protocol.Sfu;

namespace Recording.Gateway.Tests.Sfu;

/// <summary>Links over real gRPC on loopback, with the grains in memory; the SFU's side is the generated client or server.</summary>
public sealed class GrpcLinkTests
{
    private readonly TestWorld _world = new();

    [Fact]
    public async Task Sfu_that_dials_in_is_registered_and_heard()
    {
        await using WebApplication gateway = await StartGatewayAsync(static _ => { });
        using GrpcChannel channel = GrpcChannel.ForAddress(Address(gateway));
        using AsyncDuplexStreamingCall<Wire.SfuToRecording, Wire.RecordingToSfu> call = new RecordingIngest.RecordingIngestClient(channel).Attach();

        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.NotNull(call.ResponseStream.Current.Register);
        await call.RequestStream.WriteAsync(Registered("sfu-7"));
        await call.RequestStream.WriteAsync(new Wire.SfuToRecording { RoomEvent = new Wire.RecordingRoomEvent { RoomId = "room", RoomCreated = new Wire.RoomCreated() } });
        await Eventually.True(() => _world.Room().Events.OfType<Grains.Abstractions.Rooms.RoomCreated>().Any(), "the room hears of it");

        Assert.Equal(["id:sfu-7"], gateway.Services.GetRequiredService<ISfuLinkStatus>().RegisteredLinks);
        await call.RequestStream.CompleteAsync();
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
        }

        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        await _world.Link.Received().Release(Arg.Any<string>(), 7);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer wrong")]
    public async Task Sfu_without_the_token_is_refused_with_1004(string? authorization)
    {
        await using WebApplication gateway = await StartGatewayAsync(static o => o.Token = "right");
        using GrpcChannel channel = GrpcChannel.ForAddress(Address(gateway));
        var headers = new Metadata();
        if (authorization is not null)
        {
            headers.Add("authorization", authorization);
        }

        using AsyncDuplexStreamingCall<Wire.SfuToRecording, Wire.RecordingToSfu> call = new RecordingIngest.RecordingIngestClient(channel).Attach(headers);
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None));

        Assert.Equal(StatusCode.Unauthenticated, refused.StatusCode);
        Assert.Equal(RecordingErrorCode.BadToken, ErrorDetails.FromRpcException(refused)!.Code);
    }

    [Fact]
    public async Task Sfu_with_the_token_is_let_in()
    {
        await using WebApplication gateway = await StartGatewayAsync(static o => o.Token = "right");
        using GrpcChannel channel = GrpcChannel.ForAddress(Address(gateway));
        using AsyncDuplexStreamingCall<Wire.SfuToRecording, Wire.RecordingToSfu> call =
            new RecordingIngest.RecordingIngestClient(channel).Attach(new Metadata { { "authorization", "Bearer right" } });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
    }

    [Fact]
    public async Task Health_check_of_the_bridge_is_served()
    {
        await using WebApplication gateway = await StartGatewayAsync(static o => o.ServiceId = "gateway-9");
        using GrpcChannel channel = GrpcChannel.ForAddress(Address(gateway));
        Wire.RecordingHealthCheckResponse health = await new Wire.RecordingSfuBridge.RecordingSfuBridgeClient(channel).HealthCheckAsync(new Wire.RecordingHealthCheckRequest());
        Assert.True(health.Healthy);
        Assert.Equal("gateway-9", health.ServiceId);
    }

    [Fact]
    public async Task Stopping_process_tells_its_sfus_1005_and_gives_their_leases_back()
    {
        WebApplication gateway = await StartGatewayAsync(static _ => { });
        using GrpcChannel channel = GrpcChannel.ForAddress(Address(gateway));
        using AsyncDuplexStreamingCall<Wire.SfuToRecording, Wire.RecordingToSfu> call = new RecordingIngest.RecordingIngestClient(channel).Attach();
        await call.RequestStream.WriteAsync(Registered("sfu-7"));
        await Eventually.True(() => gateway.Services.GetRequiredService<ISfuLinkStatus>().RegisteredLinks.Count == 1, "registered");

        // As an SFU does: read all the time, not only when the end is near.
        var codes = new List<int>();
        Task<RpcException> reading = Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
            {
                codes.Add(call.ResponseStream.Current.Error?.Code ?? 0);
                if (codes[^1] == 1005)
                {
                    await call.RequestStream.CompleteAsync();
                }
            }
        });
        Task stopping = gateway.StopAsync();
        RpcException ended = await reading;

        Assert.True(codes.Contains(1005), $"answers: {string.Join(' ', codes)}, end: {ended.Status}");
        Assert.Equal(RecordingErrorCode.ShuttingDown, ErrorDetails.FromRpcException(ended)?.Code);
        await stopping.WaitAsync(TimeSpan.FromSeconds(20));
        await Eventually.True(() => _world.Link.ReceivedCalls().Any(static c => c.GetMethodInfo().Name == nameof(ISfuLinkGrain.Release)), "the lease is given back");
        await gateway.DisposeAsync();
        await _world.Link.Received().Release(Arg.Any<string>(), 7);
    }

    [Fact]
    public async Task Sfu_that_dials_a_stopping_process_is_refused_with_1005_and_its_health_says_so()
    {
        await using WebApplication gateway = await StartGatewayAsync(static _ => { });
        using GrpcChannel channel = GrpcChannel.ForAddress(Address(gateway));
        gateway.Services.GetRequiredService<SfuLinkServices>().BeginDraining();

        using AsyncDuplexStreamingCall<Wire.SfuToRecording, Wire.RecordingToSfu> call = new RecordingIngest.RecordingIngestClient(channel).Attach();
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None));

        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
        Assert.Equal(RecordingErrorCode.ShuttingDown, ErrorDetails.FromRpcException(refused)!.Code);
        Assert.False((await new Wire.RecordingSfuBridge.RecordingSfuBridgeClient(channel).HealthCheckAsync(new Wire.RecordingHealthCheckRequest())).Healthy);
    }

    [Fact]
    public async Task Sfu_that_is_dialled_gets_the_token_and_is_dialled_again_when_its_stream_ends()
    {
        var sfu = new FakeSfu();
        await using WebApplication server = await StartAsync(services => services.AddSingleton(sfu).AddGrpc(), static app => app.MapGrpcService<FakeSfu>());
        await using WebApplication gateway = await StartGatewayAsync(o =>
        {
            o.Token = "right";
            o.Endpoints.Add(new Uri(Address(server)).Authority);
        });

        await Eventually.True(() => gateway.Services.GetRequiredService<ISfuLinkStatus>().RegisteredLinks.Count == 1, "registered");
        Assert.Equal("Bearer right", sfu.Authorization);
        Assert.Equal(7UL, sfu.Fence);
        sfu.Hold.TrySetResult();
        await Eventually.True(() => sfu.Calls >= 2, "dialled again");
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 10)]
    public async Task Sfu_whose_packets_find_no_room_is_told_4002(bool acknowledges, int tracks)
    {
        // A track may fill an eighth of the memory; only when all of it is in use has an SFU that keeps its packets to stop.
        await using WebApplication gateway = await StartGatewayAsync(static o => o.BufferBytes = 64 << 10);
        using GrpcChannel channel = GrpcChannel.ForAddress(Address(gateway));
        using AsyncDuplexStreamingCall<Wire.SfuToRecording, Wire.RecordingToSfu> call = new RecordingIngest.RecordingIngestClient(channel).Attach();
        var heard = new ConcurrentQueue<Wire.RecordingToSfu>();
        Task reading = ReadAsync(call.ResponseStream, heard);
        Wire.SfuToRecording registered = Registered("sfu-7");
        if (acknowledges)
        {
            registered.RegisterResponse.SessionId = 5;
            registered.RegisterResponse.Capabilities.AddRange(["rtp_batch", "rtp_ack"]);
        }

        await call.RequestStream.WriteAsync(registered);
        await call.RequestStream.WriteAsync(new Wire.SfuToRecording { RoomEvent = new Wire.RecordingRoomEvent { RoomId = "room", RoomCreated = new Wire.RoomCreated() } });
        await Eventually.True(() => gateway.Services.GetRequiredService<ISfuLinkStatus>().RegisteredLinks.Count == 1, "registered");
        await Eventually.True(() => Observer() is not null, "the room can speak");
        await Observer()!.OnDirective(new RoomDirective
        {
            RoomId = "room",
            LinkKey = "id:sfu-7",
            Version = 1,
            State = WantedState.Recording,
            RecordingId = "rec",
            Prefix = "rooms/room/rec/",
            Tracks = [.. Enumerable.Range(0, tracks).Select(static track => new TrackDirective { ProducerId = $"p{track}", TrackId = $"p{track}-audio", PeerId = "peer", Kind = "audio" })],
        });
        await Eventually.True(() => heard.Any(static m => m.StartRecording is not null), "start_recording");
        await call.RequestStream.WriteAsync(new Wire.SfuToRecording
        {
            RequestId = heard.First(static m => m.StartRecording is not null).RequestId,
            StartRecordingResponse = new Wire.StartRecordingResponse { Success = true },
        });
        await Eventually.True(() => heard.Count(static m => m.SubscribeTrack is not null) == tracks, "subscribe_track");
        for (int track = 0; track < tracks; track++)
        {
            await call.RequestStream.WriteAsync(new Wire.SfuToRecording
            {
                RequestId = heard.First(m => m.SubscribeTrack?.ProducerId == $"p{track}").RequestId,
                TrackSubscribed = new Wire.TrackSubscribed { RoomId = "room", ProducerId = $"p{track}", ConsumerId = "c", TrackHandle = acknowledges ? (uint)track + 1 : 0u },
            });
        }

        // 80 packets of 1 kB are more than a buffer of 64 KiB; the tracks' grains take them and store none. A link is told when it goes on after that.
        int sent = 0;
        for (; sent < 80 || (sent < 4000 && !IsToldOf(heard, RecordingErrorCode.SpoolFull)); sent++)
        {
            int track = sent % tracks;
            byte[] packet = TestWorld.Rtp((ushort)(sent / tracks), payload: 1000);
            long now = (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
            await call.RequestStream.WriteAsync(acknowledges
                ? new Wire.SfuToRecording
                {
                    RtpBatch = new Wire.RtpBatch
                    {
                        TrackHandle = (uint)track + 1,
                        FirstIndex = (ulong)(sent / tracks) + 1,
                        Count = 1,
                        BaseTimeUs = now,
                        Packets = ByteString.CopyFrom(TestWorld.Payload(now, [packet])),
                    },
                }
                : new Wire.SfuToRecording
                {
                    RtpPacket = new Wire.RecordingRtpPacket { RoomId = "room", ProducerId = $"p{track}", RtpData = ByteString.CopyFrom(packet), ServerTimestamp = now },
                });
        }

        await Eventually.True(() => IsToldOf(heard, RecordingErrorCode.SpoolFull), "told 4002");
        Assert.Contains("the store takes nothing", heard.First(static m => m.Error?.Code == (int)RecordingErrorCode.SpoolFull).Error.Message, StringComparison.Ordinal);
        Assert.False(reading.IsCompleted);
        if (acknowledges)
        {
            await Eventually.True(() => heard.Any(static m => m.RtpAck is { WindowBytes: 0 }), "a window of nothing");
        }
        else
        {
            await Eventually.True(
                () =>
                {
                    _world.Track("rec/p0-audio").Store();
                    return _world.Track("rec/p0-audio").Stored.Count == sent;
                },
                "once there is room, it is read again, and every packet is stored");
        }
    }

    private static bool IsToldOf(IEnumerable<Wire.RecordingToSfu> heard, RecordingErrorCode code) => heard.Any(message => message.Error?.Code == (int)code);

    private ISfuLinkObserver? Observer() => _world.Link.ReceivedCalls()
        .LastOrDefault(static call => call.GetMethodInfo().Name == nameof(ISfuLinkGrain.Attach))?.GetArguments().OfType<ISfuLinkObserver>().Single();

    private static async Task ReadAsync(IAsyncStreamReader<Wire.RecordingToSfu> stream, ConcurrentQueue<Wire.RecordingToSfu> heard)
    {
        while (await stream.MoveNext(CancellationToken.None))
        {
            heard.Enqueue(stream.Current);
        }
    }

    private static Wire.SfuToRecording Registered(string sfuId) => new()
    {
        RegisterResponse = new Wire.RecordingServiceRegisterResponse { Success = true, SfuId = sfuId },
    };

    private static string Address(WebApplication app) => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    private Task<WebApplication> StartGatewayAsync(Action<SfuLinkOptions> configure) => StartAsync(
        services =>
        {
            services.AddGrpc();
            services.AddSingleton(_world.Grains);
            services.Configure(configure);
            services.AddSfuLinks();
        },
        static app => app.MapSfuServices());

    private static async Task<WebApplication> StartAsync(Action<IServiceCollection> add, Action<WebApplication> map)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static k => k.Listen(IPAddress.Loopback, 0, static l => l.Protocols = HttpProtocols.Http2));
        add(builder.Services);
        WebApplication app = builder.Build();
        map(app);
        await app.StartAsync();
        return app;
    }

    internal sealed class FakeSfu : Wire.RecordingSfuBridge.RecordingSfuBridgeBase
    {
        private int _calls;

        public int Calls => Volatile.Read(ref _calls);

        public string? Authorization { get; private set; }

        public ulong Fence { get; private set; }

        public TaskCompletionSource Hold { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override async Task Connect(IAsyncStreamReader<Wire.RecordingToSfu> requestStream, IServerStreamWriter<Wire.SfuToRecording> responseStream, ServerCallContext context)
        {
            Authorization = context.RequestHeaders.GetValue("authorization");
            Interlocked.Increment(ref _calls);
            Assert.True(await requestStream.MoveNext(context.CancellationToken));
            Fence = requestStream.Current.Register.Fence;
            await responseStream.WriteAsync(Registered("sfu-1"));
            await Hold.Task.WaitAsync(context.CancellationToken);
        }
    }
}
