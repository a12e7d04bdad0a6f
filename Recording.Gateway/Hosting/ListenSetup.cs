using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Recording.Gateway.Configuration;

namespace Recording.Gateway.Hosting;

/// <summary>Kestrel's two ports: HTTP/1.1 for people and probes, HTTP/2 for gRPC (one port cannot serve both in cleartext).</summary>
public static class ListenSetup
{
    /// <summary>Opens the HTTP port, and the gRPC port where the role serves it.</summary>
    public static void UseServicePorts(this IWebHostBuilder web, RecordingSettings settings, bool grpc) => web
        .ConfigureServices(static services => services.AddSingleton<IMemoryPoolFactory<byte>, TransportMemory>())
        .ConfigureKestrel(kestrel => Configure(kestrel, settings, grpc));

    private static void Configure(KestrelServerOptions kestrel, RecordingSettings settings, bool grpc)
    {
        kestrel.Listen(settings.HttpListen, settings.HttpPort, static listen => listen.Protocols = HttpProtocols.Http1);
        if (!grpc)
        {
            return;
        }

        // A link lives for days and its sign of life is the heartbeat: no minimum data rate, pings find dead peers.
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(10);
        kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
        kestrel.Limits.Http2.InitialConnectionWindowSize = 4 << 20;
        kestrel.Limits.Http2.InitialStreamWindowSize = 2 << 20;
        kestrel.Listen(settings.GrpcListen, settings.GrpcPort, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            if (settings.GrpcTlsCert.Length > 0)
            {
                listen.UseHttps(Https(settings));
            }
        });
    }

    private static HttpsConnectionAdapterOptions Https(RecordingSettings settings)
    {
        var options = new HttpsConnectionAdapterOptions
        {
            ServerCertificate = X509Certificate2.CreateFromPemFile(settings.GrpcTlsCert, settings.GrpcTlsKey),
        };
        if (settings.GrpcTlsClientCa.Length > 0)
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(settings.GrpcTlsClientCa);
            options.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            options.ClientCertificateValidation = (certificate, _, _) => IsSignedBy(certificate, authorities);
        }

        return options;
    }

    private static bool IsSignedBy(X509Certificate2 certificate, X509Certificate2Collection authorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }
}
