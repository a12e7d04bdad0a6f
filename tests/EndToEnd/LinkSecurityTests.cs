using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Recording.EndToEnd.Deployments;
using Recording.Model;
using Recording.Protocol.Control;
using Recording.Protocol.Errors;
using Recording.Protocol.Ingest;
using Recording.Protocol.Sfu;
using Recording.Simulator.Plans;
using Recording.Simulator.Sfu;
using Recording.TestInfrastructure;

namespace Recording.EndToEnd;

/// <summary>Only SFUs that can prove who they are are linked, whichever side dials.</summary>
public sealed class LinkSecurityTests
{
    private const string Token = "the-shared-token";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);
    private static readonly SslApplicationProtocol[] _http2 = [SslApplicationProtocol.Http2];

    [Fact]
    public async Task Service_with_certificates_and_a_token_records_an_SFU_that_has_both_and_no_other()
    {
        using var folder = new TemporaryFolder();
        using var authority = new TestAuthority(folder.Path, "trusted");
        using var foreign = new TestAuthority(folder.Path, "foreign");
        (X509Certificate2 own, string certificatePath, string keyPath) = authority.Issue("recorder");
        using X509Certificate2 server = own;
        using X509Certificate2 client = authority.Issue("sfu").Certificate;
        using X509Certificate2 stranger = foreign.Issue("sfu").Certificate;
        await using Deployment deployment = await Deployment.StartOneProcessAsync(
            ("RECORDING_GRPC_TLS_CERT", certificatePath), ("RECORDING_GRPC_TLS_KEY", keyPath), ("RECORDING_GRPC_TLS_CLIENT_CA", authority.Path), ("RECORDING_SFU_TOKEN", Token));
        var address = new Uri($"https://127.0.0.1:{deployment.Gateway.GrpcPort}");

        var good = new SimulatedSfuOptions { SfuId = "good", Certificate = client, Authority = authority.Certificate, Token = Token };
        await using SimulatedSfu linked = await SimulatedSfu.ConnectAsync(Plan("secured"), [address], good);
        SimulatedSfuOptions[] bad =
        [
            good with { SfuId = "bare", Certificate = null },
            good with { SfuId = "stranger", Certificate = stranger },
            good with { SfuId = "distrustful", Authority = foreign.Certificate },
            good with { SfuId = "wrong-token", Token = "another-token" },
            good with { SfuId = "no-token", Token = null },
        ];
        var refused = new List<SimulatedSfu>();
        try
        {
            foreach (SimulatedSfuOptions options in bad)
            {
                refused.Add(await SimulatedSfu.ConnectAsync(Plan(options.SfuId), [address], options));
            }

            using GrpcChannel channel = Channel(address, client, authority.Certificate);
            Assert.Equal(RecordingErrorCode.BadToken, await AttachAsync(channel, null));
            Assert.Equal(RecordingErrorCode.BadToken, await AttachAsync(channel, "another-token"));
            Assert.Equal(RecordingErrorCode.BadToken, await AttachAsync(channel, Token + " "));
            Assert.Equal(RecordingErrorCode.None, await AttachAsync(channel, Token));
            foreach (X509Certificate2? shown in new[] { null, stranger })
            {
                using GrpcChannel unproven = Channel(address, shown, authority.Certificate);
                RpcException failed = await Assert.ThrowsAsync<RpcException>(() => new RecordingSfuBridge.RecordingSfuBridgeClient(unproven).HealthCheckAsync(new RecordingHealthCheckRequest(), Bearer(Token)).ResponseAsync);
                Assert.Null(ErrorDetails.FromRpcException(failed));
            }

            await IsRecordedAsync(new RecordingControl.RecordingControlClient(channel), "secured-1", Bearer(Token), deployment);
            Assert.All(refused, static sfu => Assert.Equal(0, sfu.Figures.Links));
            ListRecordingsResponse all = await new RecordingControl.RecordingControlClient(channel).ListRecordingsAsync(new ListRecordingsRequest(), Bearer(Token));
            Assert.Single(all.Recordings);
        }
        finally
        {
            foreach (SimulatedSfu sfu in refused)
            {
                await sfu.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task Service_that_dials_over_mutual_TLS_links_the_SFU_it_trusts_and_that_trusts_it_and_no_other()
    {
        using var folder = new TemporaryFolder();
        using var authority = new TestAuthority(folder.Path, "trusted");
        using var foreign = new TestAuthority(folder.Path, "foreign");
        using X509Certificate2 sfuCertificate = authority.Issue("sfu").Certificate;
        using X509Certificate2 foreignCertificate = foreign.Issue("sfu").Certificate;
        (X509Certificate2 own, string certificatePath, string keyPath) = authority.Issue("recorder");
        own.Dispose();

        var good = new SimulatedSfuOptions { SfuId = "good", Certificate = sfuCertificate, Authority = authority.Certificate, Token = Token };
        await using SimulatedSfu linked = await SimulatedSfu.StartServerAsync(Plan("dialled"), good);
        await using SimulatedSfu stranger = await SimulatedSfu.StartServerAsync(Plan("stranger"), good with { SfuId = "stranger", Certificate = foreignCertificate });
        await using SimulatedSfu distrustful = await SimulatedSfu.StartServerAsync(Plan("distrustful"), good with { SfuId = "distrustful", Authority = foreign.Certificate });
        await using SimulatedSfu otherToken = await SimulatedSfu.StartServerAsync(Plan("other-token"), good with { SfuId = "other-token", Token = "another-token" });
        await using SimulatedSfu cleartext = await SimulatedSfu.StartServerAsync(Plan("cleartext"), good with { SfuId = "cleartext", Certificate = null });
        SimulatedSfu[] refused = [stranger, distrustful, otherToken, cleartext];

        await using Deployment deployment = await Deployment.StartOneProcessAsync(
            ("RECORDING_SFU_HOST", string.Join(',', refused.Prepend(linked).Select(static sfu => sfu.Address!.ToString()))),
            ("RECORDING_SFU_TLS", "true"),
            ("RECORDING_SFU_TLS_CA", authority.Path),
            ("RECORDING_SFU_TLS_CERT", certificatePath),
            ("RECORDING_SFU_TLS_KEY", keyPath),
            ("RECORDING_SFU_TOKEN", Token));
        using GrpcChannel channel = GrpcChannel.ForAddress(deployment.Gateway.GrpcAddress);
        await IsRecordedAsync(new RecordingControl.RecordingControlClient(channel), "dialled-1", Bearer(Token), deployment);
        Assert.All(refused, static sfu => Assert.Equal(0, sfu.Figures.Links));
    }

    private static SimulationPlan Plan(string prefix) => SimulationPlan.Create(new RoomShape
    {
        Peers = 1,
        Duration = TimeSpan.FromSeconds(2),
        AutoRecord = true,
        Synthetic = new TrackMedia.Synthetic(300, 50),
        SpeakerInterval = null,
        RoomPrefix = prefix,
    });

    private static Metadata Bearer(string token) => new() { { "authorization", $"Bearer {token}" } };

    private static GrpcChannel Channel(Uri address, X509Certificate2? shown, X509Certificate2 trusted)
    {
        var tls = new SslClientAuthenticationOptions
        {
            ApplicationProtocols = [.. _http2],
            CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { trusted }, RevocationMode = X509RevocationMode.NoCheck },
        };
        if (shown is not null)
        {
            tls.ClientCertificates = [shown];
        }

        return GrpcChannel.ForAddress(address, new GrpcChannelOptions { HttpHandler = new SocketsHttpHandler { SslOptions = tls }, DisposeHttpClient = true });
    }

    /// <summary>The code with which an SFU is refused; None once the service has greeted it.</summary>
    private static async Task<RecordingErrorCode> AttachAsync(GrpcChannel channel, string? token)
    {
        using AsyncDuplexStreamingCall<SfuToRecording, RecordingToSfu> call = new RecordingIngest.RecordingIngestClient(channel).Attach(token is null ? [] : Bearer(token));
        try
        {
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
            Assert.NotNull(call.ResponseStream.Current.Register);
            return RecordingErrorCode.None;
        }
        catch (RpcException exception)
        {
            Assert.Equal(StatusCode.Unauthenticated, exception.StatusCode);
            return ErrorDetails.FromRpcException(exception)?.Code ?? throw new InvalidOperationException("no code in the trailer", exception);
        }
    }

    private static async Task IsRecordedAsync(RecordingControl.RecordingControlClient control, string room, Metadata headers, Deployment deployment)
    {
        try
        {
            await Eventually.HoldsAsync($"{room} is recorded", Patience, async () =>
            {
                ListRecordingsResponse listed = await control.ListRecordingsAsync(new ListRecordingsRequest { RoomId = room }, headers);
                return listed.Recordings.Count == 1 && listed.Recordings[0].Status == "completed";
            });
        }
        catch (TimeoutException exception)
        {
            throw new InvalidOperationException($"{room} was not recorded. The process said:\n{deployment.Logs()}", exception);
        }
    }
}
