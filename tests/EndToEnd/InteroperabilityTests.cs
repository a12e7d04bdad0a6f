using System.Text.Json;
using Recording.EndToEnd.Deployments;
using Recording.TestInfrastructure;
using Wire = Recording.Protocol.Control;

namespace Recording.EndToEnd;

/// <summary>An SFU made with @grpc/grpc-js from the plan's .proto alone (tests/EndToEnd/node) is recorded, whoever dials.</summary>
public sealed class InteroperabilityTests
{
    private const int Producers = 3;
    private const int PacketsPerProducer = 150;

    [Fact]
    public async Task A_server_made_from_the_plans_proto_alone_is_recorded_when_we_dial_it()
    {
        int port = LoopbackPort.Free();
        await using ChildProcess sfu = Node("serve", $"{port}");
        await Eventually.HoldsAsync("the SFU listens", TimeSpan.FromSeconds(20), () => sfu.Output.Contains("listening", StringComparison.Ordinal));
        await using Deployment deployment = await Deployment.StartOneProcessAsync(("RECORDING_SFU_HOST", "127.0.0.1"), ("RECORDING_SFU_PORT", $"{port}"));
        await FinishAsync(deployment, sfu);
    }

    [Fact]
    public async Task A_client_made_from_the_plans_proto_alone_is_recorded_when_it_dials_us()
    {
        await using Deployment deployment = await Deployment.StartOneProcessAsync();
        await using ChildProcess sfu = Node("dial", $"127.0.0.1:{deployment.Gateway.GrpcPort}");
        await FinishAsync(deployment, sfu);
    }

    private static ChildProcess Node(string mode, string target)
    {
        string script = Path.Combine(SourceTree.Root, "tests", "EndToEnd", "node", "plan-sfu.js");
        return ChildProcess.Start("plan-sfu.js", "node", [script, mode, target], new Dictionary<string, string>(StringComparer.Ordinal) { ["PACKETS"] = $"{PacketsPerProducer}" });
    }

    private static async Task FinishAsync(Deployment deployment, ChildProcess sfu)
    {
        Wire.Recording recording = Assert.Single(await deployment.WhenEndedAsync(1, TimeSpan.FromSeconds(60)));
        int exitCode = await sfu.WaitForExitAsync(TimeSpan.FromSeconds(30));
        string[] lines = [.. sfu.Output.Split('\n').Where(static line => line.StartsWith('{'))];
        string ledger = deployment.FileFor("ledger.jsonl");
        await File.WriteAllLinesAsync(ledger, lines);

        Assert.True(exitCode == 0, sfu.Output);
        Assert.Equal(Producers * PacketsPerProducer, lines.Length);
        Assert.Equal("completed", recording.Status);
        Assert.Equal("alice-audio alice-video bob-audio", string.Join(' ', recording.Tracks.Select(static track => track.TrackId).Order(StringComparer.Ordinal)));
        JsonElement verified = await deployment.VerifyAsync(ledger);
        Assert.Equal(lines.Length, verified.GetProperty("stored").GetInt32());
        Assert.DoesNotContain("subscribe_track names", sfu.Output, StringComparison.Ordinal);
    }
}
