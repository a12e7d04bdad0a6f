using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Recording.Cli.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("compose", "nowhere", "-o", "x.mp4")]
    [InlineData("remux", "nowhere")]
    [InlineData("inspect", "nowhere.rtp")]
    [InlineData("simulate", "--replay", "nowhere.pcap", "--sdp", "nowhere.sdp")]
    [InlineData("simulate", "--replay", "nowhere.pcap")]
    [InlineData("simulate", "--loss", "101")]
    [InlineData("simulate", "--speed", "fast")]
    public async Task Files_and_values_that_cannot_be_are_usage_errors(params string[] arguments)
    {
        CommandLineRun run = await CommandLineRun.RunAsync(arguments);

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.NotEmpty(run.Error);
    }

    [Theory]
    [InlineData("simulate", "--nothing")]
    [InlineData("verify")]
    [InlineData("simulate", "--rooms", "many")]
    public async Task Arguments_that_do_not_parse_are_usage_errors(params string[] arguments) =>
        Assert.Equal(ExitCode.Usage, (await CommandLineRun.RunAsync(arguments)).ExitCode);

    [Fact]
    public async Task A_service_that_is_away_has_an_exit_code_of_its_own()
    {
        CommandLineRun run = await CommandLineRun.RunAsync("get", "anything", "--service", $"http://127.0.0.1:{UnusedPort()}");

        Assert.Equal(ExitCode.Service, run.ExitCode);
    }

    [Fact]
    public async Task A_demo_without_a_built_service_fails_and_says_so()
    {
        using var folder = new StoredRecording(1);
        CommandLineRun run = await CommandLineRun.RunAsync("demo", "--seconds", "2", "--data", folder.DataDirectory, "--service", folder.DataDirectory + "/Recording.Silo.dll");

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("not built", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task A_simulated_sfu_ends_with_its_figures_when_its_recorder_has_everything()
    {
        using var folder = new StoredRecording(1);
        int port = UnusedPort();
        Task<CommandLineRun> simulating = CommandLineRun.RunAsync(
            "simulate", "--listen", $"{port}", "--plan-only", "--peers", "1", "--seconds", "1", "--synthetic", "200", "--ledger", folder.Ledger);
        await using var recorder = await PlainRecorder.ConnectAsync(port);

        CommandLineRun run = await simulating.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        JsonElement json = run.Json;
        Assert.Equal(2, json.GetProperty("tracks").GetInt32());
        Assert.Equal(json.GetProperty("sent").GetInt64(), File.ReadLines(folder.Ledger).LongCount());
        Assert.Equal(json.GetProperty("sent").GetInt64(), recorder.Packets);
    }

    private static int UnusedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
