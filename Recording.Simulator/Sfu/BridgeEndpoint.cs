using System.Security.Cryptography;
using Grpc.Core;
using Recording.Protocol.Sfu;

namespace Recording.Simulator.Sfu;

/// <summary>The SFU as a server: recorders dial in (plan, section 5.1).</summary>
internal sealed class BridgeEndpoint : RecordingSfuBridge.RecordingSfuBridgeBase
{
    private static readonly WriteOptions _moreFollows = new(WriteFlags.BufferHint);
    private readonly SfuSession _session;
    private readonly SimulatedSfuOptions _options;
    private readonly IHostApplicationLifetime _lifetime;

    public BridgeEndpoint(SfuSession session, SimulatedSfuOptions options, IHostApplicationLifetime lifetime)
    {
        _session = session;
        _options = options;
        _lifetime = lifetime;
    }

    public override async Task Connect(IAsyncStreamReader<RecordingToSfu> requestStream, IServerStreamWriter<SfuToRecording> responseStream, ServerCallContext context)
    {
        CheckToken(context);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, _lifetime.ApplicationStopping);
        await LinkRunner.RunAsync(
            _session,
            requestStream,
            (message, more) =>
            {
                responseStream.WriteOptions = more ? _moreFollows : null;
                return responseStream.WriteAsync(message);
            },
            _options.Ledger,
            ending.Token);
    }

    public override Task<RecordingHealthCheckResponse> HealthCheck(RecordingHealthCheckRequest request, ServerCallContext context)
    {
        CheckToken(context);
        SfuFigures figures = _session.Read(session => session.Figures());
        return Task.FromResult(new RecordingHealthCheckResponse
        {
            Healthy = true,
            ServiceId = _options.SfuId,
            ActiveRecordings = figures.RoomsRecording,
            TotalBytesWritten = figures.BytesSent,
        });
    }

    private void CheckToken(ServerCallContext context)
    {
        if (_options.Token is { } token)
        {
            byte[] expected = System.Text.Encoding.UTF8.GetBytes($"Bearer {token}");
            byte[] sent = System.Text.Encoding.UTF8.GetBytes(context.RequestHeaders.GetValue("authorization") ?? "");
            if (!CryptographicOperations.FixedTimeEquals(expected, sent))
            {
                throw new RpcException(new Status(StatusCode.Unauthenticated, "1004: bad token"));
            }
        }
    }
}
