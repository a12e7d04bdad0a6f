using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Recording.Protocol.Ingest;
using Recording.Protocol.Sfu;
using Recording.Simulator.Sfu;

namespace Recording.Simulator.Tests;

/// <summary>The least of a recorder that SFUs dial: registers, starts rooms, subscribes, acknowledges all it gets.</summary>
internal sealed class IngestRecorder : IAsyncDisposable
{
    private readonly WebApplication _app;

    private IngestRecorder(WebApplication app, Endpoint endpoint)
    {
        _app = app;
        Service = endpoint;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    public Uri Address { get; }

    public Endpoint Service { get; }

    public static async Task<IngestRecorder> StartAsync(HttpsConnectionAdapterOptions? tls = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        var endpoint = new Endpoint();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => Configure(listen, tls)));
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(endpoint);
        WebApplication app = builder.Build();
        app.MapGrpcService<Endpoint>();
        await app.StartAsync();
        return new IngestRecorder(app, endpoint);
    }

    public async ValueTask DisposeAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _app.StopAsync(deadline.Token);
        await _app.DisposeAsync();
    }

    private static void Configure(ListenOptions listen, HttpsConnectionAdapterOptions? tls)
    {
        listen.Protocols = HttpProtocols.Http2;
        if (tls is not null)
        {
            listen.UseHttps(tls);
        }
    }

    internal sealed class Endpoint : RecordingIngest.RecordingIngestBase
    {
        private long _fence = 1;

        public ConcurrentQueue<string> Authorizations { get; } = new();

        public ConcurrentQueue<RecordingServiceRegisterResponse> Registrations { get; } = new();

        public ConcurrentQueue<RtpBatch> Batches { get; } = new();

        /// <summary>Links that end by themselves after their first batch.</summary>
        public int CutLinks { get; set; }

        public override async Task Attach(IAsyncStreamReader<SfuToRecording> requestStream, IServerStreamWriter<RecordingToSfu> responseStream, ServerCallContext context)
        {
            Authorizations.Enqueue(context.RequestHeaders.GetValue("authorization") ?? "");
            var register = new RecordingServiceRegister { ServiceId = "ingest", Fence = (ulong)Interlocked.Increment(ref _fence) };
            register.Capabilities.Add(SfuCapabilities.All);
            await responseStream.WriteAsync(new RecordingToSfu { RequestId = "r", Register = register });
            await foreach (SfuToRecording message in requestStream.ReadAllAsync(context.CancellationToken))
            {
                switch (message.PayloadCase)
                {
                    case SfuToRecording.PayloadOneofCase.RegisterResponse:
                        Registrations.Enqueue(message.RegisterResponse);
                        await responseStream.WriteAsync(new RecordingToSfu { RoomSnapshotRequest = new RoomSnapshotRequest() });
                        break;
                    case SfuToRecording.PayloadOneofCase.RoomSnapshot:
                        foreach (RoomState room in message.RoomSnapshot.Rooms)
                        {
                            foreach (ProducerState producer in room.Producers)
                            {
                                await SubscribeAsync(responseStream, room.Room.RoomId, producer.Producer.ProducerId);
                            }
                        }

                        break;
                    case SfuToRecording.PayloadOneofCase.RoomEvent when message.RoomEvent.ProducerCreated is { } created:
                        await SubscribeAsync(responseStream, message.RoomEvent.RoomId, created.ProducerId);
                        break;
                    case SfuToRecording.PayloadOneofCase.RtpBatch when CutLinks > 0:
                        CutLinks--;
                        return;
                    case SfuToRecording.PayloadOneofCase.RtpBatch:
                        Batches.Enqueue(message.RtpBatch);
                        await responseStream.WriteAsync(new RecordingToSfu
                        {
                            RtpAck = new RtpAck { TrackHandle = message.RtpBatch.TrackHandle, DurableIndex = message.RtpBatch.FirstIndex + message.RtpBatch.Count - 1, WindowBytes = 1 << 20 },
                        });
                        break;
                    default:
                        break;
                }
            }
        }

        private static Task SubscribeAsync(IServerStreamWriter<RecordingToSfu> stream, string room, string producer) => stream.WriteAsync(
            new RecordingToSfu { SubscribeTrack = new SubscribeTrackRequest { RoomId = room, ProducerId = producer, RecordingId = "rec", ResumeFrom = 1 } });
    }
}
