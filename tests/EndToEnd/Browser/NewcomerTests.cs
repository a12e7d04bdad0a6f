using System.Text.RegularExpressions;
using Recording.EndToEnd.Deployments;
using Recording.TestInfrastructure;

namespace Recording.EndToEnd.Browser;

/// <summary>What sfu/README.md tells a newcomer to do, done line by line: with free ports and a folder of the test's own, and with the programs that are built already.</summary>
public sealed partial class NewcomerTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task A_newcomer_gets_from_nothing_to_a_recorded_room_by_the_readme()
    {
        string[] commands = await CommandsAsync();
        Assert.Equal(6, commands.Length);
        using var folder = new TemporaryFolder();
        int bridge = LoopbackPort.Free();
        int rtp = FreePair();
        int secondRtp = FreePair();
        string sfu = Path.Combine(folder.Path, "sfu");
        CopyPackage(sfu);
        string example = Path.Combine(sfu, "examples", "server.js");
        await File.WriteAllTextAsync(example, Own(await File.ReadAllTextAsync(example)));

        Assert.StartsWith("npm ci ", commands[0], StringComparison.Ordinal);
        await RunAsync(commands[0], folder.Path);

        Match setting = Setting().Match(commands[1]);
        Assert.True(setting.Success, commands[1]);
        await using Deployment deployment = await Deployment.StartOneProcessAsync((setting.Groups["name"].Value, setting.Groups["value"].Value), ("RECORDING_SFU_PORT", $"{bridge}"));

        await using ChildProcess server = Bash(commands[2], folder.Path);
        await Eventually.HoldsAsync("the example is recorded", s_patience, () =>
            server.HasExited ? throw new InvalidOperationException(server.Output) : server.Output.Contains("recording: send RTP now", StringComparison.Ordinal));
        await RunAsync(Own(commands[3]).Replace("ffmpeg -re", "ffmpeg -nostdin -loglevel error -re", StringComparison.Ordinal), folder.Path);
        Assert.True(await server.WaitForExitAsync(s_patience) == 0, server.Output);
        Assert.Contains("recorded", server.Output, StringComparison.Ordinal);

        Assert.Equal("completed", Assert.Single(await deployment.WhenEndedAsync(1, s_patience)).Status);
        await RunAsync(WithPaths(commands[4]), folder.Path);
        await RunAsync(WithPaths(commands[5]), folder.Path);
        Film film = await Film.ReadAsync(Path.Combine(folder.Path, "demo.mp4"));
        Assert.InRange(film.Seconds, 7, 20);
        Assert.NotEmpty(film.Beeps(440));

        string Own(string text) => text.Replace("50055", $"{bridge}", StringComparison.Ordinal).Replace("5004", $"{rtp}", StringComparison.Ordinal).Replace("5006", $"{secondRtp}", StringComparison.Ordinal);

        string WithPaths(string command) => command
            .Replace("Recording.Cli/bin/Release/net10.0/recording.dll", ServiceProcess.ProgramPath("Recording.Cli", "recording"), StringComparison.Ordinal)
            .Replace(" data", $" {deployment.DataDirectory}", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^\./rec run (?<name>\w+)=(?<value>\S+)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Setting();

    private static async Task<string[]> CommandsAsync()
    {
        string readme = await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "sfu", "README.md"));
        string block = readme.Split("```sh\n")[1].Split("\n```")[0];
        return block.Split('\n');
    }

    // As a clone has it: without node_modules, and with the package resolving to itself.
    private static void CopyPackage(string to)
    {
        string from = Path.Combine(SourceTree.Root, "sfu");
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Where(static file => !file.Contains("node_modules", StringComparison.Ordinal)))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    // RTCP goes to the port above.
    private static int FreePair()
    {
        int port = LoopbackPort.Free();
        return port < 65000 ? port : port - 1000;
    }

    private static ChildProcess Bash(string command, string directory) => ChildProcess.Start(command, "bash", ["-c", command], directory: directory);

    private static async Task RunAsync(string command, string directory)
    {
        await using ChildProcess process = Bash(command, directory);
        int exitCode = await process.WaitForExitAsync(s_patience);
        Assert.True(exitCode == 0, $"{command}\nended with {exitCode}:\n{process.Output}");
    }
}
