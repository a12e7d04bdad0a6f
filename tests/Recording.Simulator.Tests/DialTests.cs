using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Recording.Protocol.Sfu;
using Recording.Simulator.Plans;
using Recording.Simulator.Sfu;

namespace Recording.Simulator.Tests;

public sealed class DialTests
{
    private static readonly SimulationPlan _plan = SimulationPlan.Create(
        new RoomShape { Peers = 1, Duration = TimeSpan.FromSeconds(2), Synthetic = new TrackMedia.Synthetic(300, 100), SpeakerInterval = null });

    [Fact]
    public async Task A_dialling_sfu_sends_everything_once_though_links_are_cut_under_it()
    {
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await using IngestRecorder recorder = await IngestRecorder.StartAsync();
        recorder.Service.CutLinks = 3;
        var options = new SimulatedSfuOptions { Speed = double.PositiveInfinity, Token = "secret", ReconnectDelay = TimeSpan.FromMilliseconds(20) };
        await using SimulatedSfu sfu = await SimulatedSfu.ConnectAsync(_plan, [recorder.Address], options, cancellationToken: cancel.Token);

        await sfu.WhenMediaSentAsync(cancel.Token);
        await sfu.WhenAcknowledgedAsync(cancel.Token);

        Assert.Equal(4, recorder.Service.Registrations.Count);
        Assert.Single(recorder.Service.Registrations.Select(registration => registration.SessionId).Distinct());
        Assert.All(recorder.Service.Authorizations, header => Assert.Equal("Bearer secret", header));
        foreach (IGrouping<uint, RtpBatch> track in recorder.Service.Batches.GroupBy(batch => batch.TrackHandle))
        {
            ulong next = 1;
            foreach (RtpBatch batch in track)
            {
                Assert.Equal(next, batch.FirstIndex);
                Assert.Equal(0u, batch.LostBefore);
                next += batch.Count;
            }
        }
    }

    [Fact]
    public async Task A_recorder_without_the_right_token_is_refused()
    {
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await using SimulatedSfu sfu = await SimulatedSfu.StartServerAsync(_plan, new SimulatedSfuOptions { Token = "secret" }, cancellationToken: cancel.Token);
        using GrpcChannel channel = GrpcChannel.ForAddress($"http://{sfu.Address}");
        var client = new RecordingSfuBridge.RecordingSfuBridgeClient(channel);

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => client.HealthCheckAsync(new RecordingHealthCheckRequest(), cancellationToken: cancel.Token).ResponseAsync);
        Assert.Equal(StatusCode.Unauthenticated, refused.StatusCode);
        RecordingHealthCheckResponse healthy = await client.HealthCheckAsync(new RecordingHealthCheckRequest(), new Metadata { { "authorization", "Bearer secret" } }, cancellationToken: cancel.Token);
        Assert.True(healthy.Healthy);
    }

    [Fact]
    public async Task Both_sides_show_certificates_of_one_authority()
    {
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using X509Certificate2 authority = Authority();
        using X509Certificate2 server = Issue(authority, "recorder");
        using X509Certificate2 client = Issue(authority, "sfu");
        await using IngestRecorder recorder = await IngestRecorder.StartAsync(new HttpsConnectionAdapterOptions
        {
            ServerCertificate = server,
            ClientCertificateMode = ClientCertificateMode.RequireCertificate,
            ClientCertificateValidation = (shown, _, _) => shown.Issuer == authority.Subject,
        });
        var options = new SimulatedSfuOptions { Speed = double.PositiveInfinity, Certificate = client, Authority = authority };
        await using SimulatedSfu sfu = await SimulatedSfu.ConnectAsync(_plan, [recorder.Address], options, cancellationToken: cancel.Token);

        await sfu.WhenMediaSentAsync(cancel.Token);
        // Sent is not yet received: only an acknowledgement says that the other side has read it.
        await sfu.WhenAcknowledgedAsync(cancel.Token);

        Assert.NotEmpty(recorder.Service.Batches);
    }

    private static X509Certificate2 Authority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 issued = request.Create(authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), [1, 2, 3, (byte)name.Length]);
        using X509Certificate2 withKey = issued.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pfx), null);
    }
}
