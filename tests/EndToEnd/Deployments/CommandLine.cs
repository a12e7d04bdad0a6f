using System.Text.Json;
using Recording.TestInfrastructure;

namespace Recording.EndToEnd.Deployments;

/// <summary>Runs the <c>recording</c> tool as a user would.</summary>
public static class CommandLine
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    /// <summary>Exit code, and what it printed to both outputs.</summary>
    public static Task<(int ExitCode, string Output)> RunAsync(params string[] arguments) => RunAsync(new Dictionary<string, string>(StringComparer.Ordinal), arguments);

    /// <summary>The same, with settings in its environment.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        await using ChildProcess tool = ChildProcess.Start("recording " + arguments[0], "dotnet", [Program(), .. arguments], environment);
        int exitCode = await tool.WaitForExitAsync(Deadline);
        return (exitCode, tool.Output);
    }

    /// <summary>The last line that is a JSON object.</summary>
    public static JsonElement LastJson(string output)
    {
        string line = output.Split('\n').Last(static line => line.StartsWith('{'));
        using JsonDocument document = JsonDocument.Parse(line);
        return document.RootElement.Clone();
    }

    private static string Program() => ServiceProcess.ProgramPath("Recording.Cli", "recording");
}
