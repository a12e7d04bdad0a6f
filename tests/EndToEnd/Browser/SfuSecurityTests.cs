using System.Text.Json;
using Recording.EndToEnd.Deployments;
using Recording.TestInfrastructure;

namespace Recording.EndToEnd.Browser;

/// <summary>The npm package with token and mutual TLS, whichever side dials; recordings that an SFU's participant starts and the SFU ends.</summary>
public sealed class SfuSecurityTests
{
    private const string Token = "the-shared-token";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task The_package_dials_with_mutual_TLS_and_token()
    {
        using var folder = new TemporaryFolder();
        using var authority = new TestAuthority(folder.Path, "trusted");
        (string certificate, string key) = Issue(authority, "recorder");
        await using Deployment deployment = await Deployment.StartOneProcessAsync(
            ("RECORDING_GRPC_TLS_CERT", certificate), ("RECORDING_GRPC_TLS_KEY", key), ("RECORDING_GRPC_TLS_CLIENT_CA", authority.Path), ("RECORDING_SFU_TOKEN", Token));
        await using ChildProcess sfu = Sfu(authority, "dial", $"{deployment.Gateway.GrpcPort}");

        await IsRecordedAsync(sfu, deployment);
    }

    [Fact]
    public async Task The_package_is_dialled_with_mutual_TLS_and_token()
    {
        using var folder = new TemporaryFolder();
        using var authority = new TestAuthority(folder.Path, "trusted");
        (string certificate, string key) = Issue(authority, "recorder");
        int port = LoopbackPort.Free();
        await using Deployment deployment = await Deployment.StartOneProcessAsync(
            ("RECORDING_SFU_HOST", $"127.0.0.1:{port}"), ("RECORDING_SFU_TLS", "true"), ("RECORDING_SFU_TLS_CA", authority.Path),
            ("RECORDING_SFU_TLS_CERT", certificate), ("RECORDING_SFU_TLS_KEY", key), ("RECORDING_SFU_TOKEN", Token));
        await using ChildProcess sfu = Sfu(authority, "listen", $"{port}", $"{deployment.Gateway.GrpcPort}");

        await IsRecordedAsync(sfu, deployment);
    }

    private static async Task IsRecordedAsync(ChildProcess sfu, Deployment deployment)
    {
        Assert.True(await sfu.WaitForExitAsync(s_patience) == 0, $"{sfu.Output}\n{deployment.Logs()}");
        JsonElement figures = CommandLine.LastJson(sfu.Output);
        Assert.Equal((100, 0, 0), (figures.GetProperty("received").GetInt32(), figures.GetProperty("dropped").GetInt32(), figures.GetProperty("failures").GetInt32()));
        await Eventually.HoldsAsync("all packets are stored", s_patience, () => TrackContents.Hashes(deployment.DataDirectory).Count == 100);
    }

    private static ChildProcess Sfu(TestAuthority authority, params string[] arguments)
    {
        (string certificate, string key) = Issue(authority, "sfu");
        string script = Path.Combine(SourceTree.Root, "tests", "EndToEnd", "Browser", "node", "secure.js");
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["CERT"] = certificate, ["KEY"] = key, ["CA"] = authority.Path, ["TOKEN"] = Token };
        return ChildProcess.Start("secure.js", "node", [script, .. arguments], environment);
    }

    private static (string Certificate, string Key) Issue(TestAuthority authority, string name)
    {
        (System.Security.Cryptography.X509Certificates.X509Certificate2 issued, string certificate, string key) = authority.Issue(name);
        issued.Dispose();
        return (certificate, key);
    }
}
