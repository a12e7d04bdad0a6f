using Grpc.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Recording.Protocol.Ingest;
using Recording.Protocol.Sfu;

namespace Recording.Bench.Ingest;

/// <summary>The baseline: a gRPC server of the same service, as generated from the .proto, that reads each message and drops it.</summary>
internal static class Sink
{
    public static async Task<int> RunAsync(int port)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            // The same transport settings as the service's, so that only the work behind the transport differs.
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.Http2.InitialConnectionWindowSize = 4 << 20;
            kestrel.Limits.Http2.InitialStreamWindowSize = 2 << 20;
            kestrel.ListenLocalhost(port, static listen => listen.Protocols = HttpProtocols.Http2);
        });
        await using WebApplication app = builder.Build();
        app.MapGrpcService<DropEverything>();
        await app.RunAsync();
        return 0;
    }

    private sealed class DropEverything : RecordingIngest.RecordingIngestBase
    {
        private static long _bytes;

        public override async Task Attach(IAsyncStreamReader<SfuToRecording> requestStream, IServerStreamWriter<RecordingToSfu> responseStream, ServerCallContext context)
        {
            await responseStream.WriteAsync(new RecordingToSfu { Register = new RecordingServiceRegister { ServiceId = "sink" } }, context.CancellationToken);
            while (await requestStream.MoveNext(context.CancellationToken))
            {
                _bytes += requestStream.Current.RtpPacket?.RtpData.Length ?? 0;
            }
        }
    }
}
