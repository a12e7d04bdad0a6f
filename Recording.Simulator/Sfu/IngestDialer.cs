using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Recording.Protocol.Ingest;
using Recording.Protocol.Sfu;

namespace Recording.Simulator.Sfu;

/// <summary>The SFU as a client: keeps one link to a recorder, over several addresses in turn, with backoff and jitter.</summary>
internal sealed class IngestDialer
{
    private static readonly WriteOptions _moreFollows = new(WriteFlags.BufferHint);
    private readonly SfuSession _session;
    private readonly SimulatedSfuOptions _options;
    private readonly IReadOnlyList<Uri> _addresses;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public IngestDialer(SfuSession session, SimulatedSfuOptions options, IReadOnlyList<Uri> addresses, TimeProvider time, ILogger logger)
    {
        _session = session;
        _options = options;
        _addresses = addresses;
        _time = time;
        _logger = logger;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        TimeSpan delay = _options.ReconnectDelay;
        for (int attempt = 0; !cancellationToken.IsCancellationRequested; attempt++)
        {
            Uri address = _addresses[attempt % _addresses.Count];
            long before = _session.Read(session => session.Totals.Links);
            await DialAsync(address, cancellationToken);
            delay = _session.Read(session => session.Totals.Links) > before
                ? _options.ReconnectDelay
                : TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, _options.MaxReconnectDelay.Ticks));
            await Task.Delay(delay * (0.5 + Random.Shared.NextDouble()), _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task DialAsync(Uri address, CancellationToken cancellationToken)
    {
        try
        {
            using var handler = new SocketsHttpHandler
            {
                ConnectTimeout = TimeSpan.FromSeconds(5),
                EnableMultipleHttp2Connections = true,
                KeepAlivePingDelay = TimeSpan.FromSeconds(10),
                KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
                SslOptions = Tls(),
            };
            using GrpcChannel channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions { HttpHandler = handler });
            var headers = new Metadata();
            if (_options.Token is { } token)
            {
                headers.Add("authorization", $"Bearer {token}");
            }

            using AsyncDuplexStreamingCall<SfuToRecording, RecordingToSfu> call =
                new RecordingIngest.RecordingIngestClient(channel).Attach(headers, cancellationToken: cancellationToken);
            await LinkRunner.RunAsync(
                _session,
                call.ResponseStream,
                (message, more) =>
                {
                    call.RequestStream.WriteOptions = more ? _moreFollows : null;
                    return call.RequestStream.WriteAsync(message, CancellationToken.None);
                },
                _options.Ledger,
                cancellationToken);
        }
        catch (Exception exception) when (exception is RpcException or IOException or HttpRequestException or SocketException or OperationCanceledException)
        {
            SimulatedSfuLog.DialFailed(_logger, address.Authority, exception.Message);
        }
    }

    private SslClientAuthenticationOptions Tls()
    {
        var tls = new SslClientAuthenticationOptions();
        if (_options.Certificate is { } own)
        {
            tls.ClientCertificates = [own];
        }

        if (_options.Authority is { } authority)
        {
            tls.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { authority },
                RevocationMode = X509RevocationMode.NoCheck,
            };
        }

        return tls;
    }
}
