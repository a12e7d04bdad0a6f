using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;

namespace Recording.Gateway.Sfu.Hosting;

/// <summary>Opens channels to SFUs: plain, TLS or mutual TLS, to one address of a name.</summary>
internal sealed class SfuChannelFactory(SfuLinkOptions options)
{
    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(5);

    public GrpcChannel Create(SfuEndpoint endpoint)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = s_connectTimeout,
            KeepAlivePingDelay = TimeSpan.FromSeconds(10),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            EnableMultipleHttp2Connections = true,
            UseProxy = false,

            // The default window of 64 KiB would make each round trip the speed limit.
            InitialHttp2StreamWindowSize = 4 << 20,
        };
        if (endpoint.Address is { } address)
        {
            handler.ConnectCallback = (_, cancellation) => ConnectAsync(address, endpoint.Port, cancellation);
        }

        if (options.UseTls)
        {
            handler.SslOptions = TlsOptions(endpoint.Host);
        }

        string host = endpoint.Host.Contains(':') ? $"[{endpoint.Host}]" : endpoint.Host;
        return GrpcChannel.ForAddress($"{(options.UseTls ? "https" : "http")}://{host}:{endpoint.Port}", new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = 8 << 20,
        });
    }

    /// <summary>Metadata of a call: the shared token, if there is one.</summary>
    public Metadata Headers()
    {
        var headers = new Metadata();
        if (!string.IsNullOrEmpty(options.Token))
        {
            headers.Add("authorization", $"Bearer {options.Token}");
        }

        return headers;
    }

    private static async ValueTask<Stream> ConnectAsync(IPAddress address, int port, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(address, port), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private SslClientAuthenticationOptions TlsOptions(string host)
    {
        var tls = new SslClientAuthenticationOptions { TargetHost = host };
        if (options.ClientCertificatePath is { } certificate)
        {
            tls.ClientCertificates = [X509Certificate2.CreateFromPemFile(certificate, options.ClientKeyPath)];
        }

        if (options.CaCertificatePath is { } authorities)
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPemFile(authorities);
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(roots);
            tls.CertificateChainPolicy = policy;
        }

        return tls;
    }
}
