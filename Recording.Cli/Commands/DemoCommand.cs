using System.CommandLine;
using System.Text.Json;
using Recording.Cli.Demo;
using Recording.Model;

namespace Recording.Cli.Commands;

/// <summary><c>recording demo [--seconds N]</c>.</summary>
internal static class DemoCommand
{
    private const string ServiceName = "Recording.Silo";

    public static Command Create()
    {
        var seconds = new Option<double>("--seconds") { Description = "How long is recorded, at least 2.", DefaultValueFactory = _ => 20 };
        var data = new Option<string>("--data") { Description = "Where the service stores.", DefaultValueFactory = _ => "data" };
        var service = new Option<string?>("--service") { Description = "Recording.Silo.dll, or its executable; default: the one that was built beside this tool." };
        var ledger = new Option<string?>("--ledger") { Description = "Keep the ledger of what was sent." };
        var command = new Command("demo", "Record a simulated room of three people and a screenshare through the real protocol, compose it, check it with ffprobe. Ends with one JSON line.")
        {
            seconds,
            data,
            service,
            ledger,
        };
        command.Runs(async (parsed, cancellationToken) =>
        {
            double length = parsed.GetValue(seconds);
            if (length is not (>= 2 and <= 3600))
            {
                throw new ArgumentException("--seconds is 2 to 3600");
            }

            var options = new DemoOptions(TimeSpan.FromSeconds(length), parsed.GetRequiredValue(data), parsed.GetValue(service) ?? FindService(), parsed.GetValue(ledger));
            try
            {
                DemoResult result = await new DemoRun(options, parsed.Say).RunAsync(cancellationToken);
                await parsed.InvocationConfiguration.Output.WriteLineAsync(JsonSerializer.Serialize(result));
                return ExitCode.Ok;
            }
            catch (RecordingException exception)
            {
                parsed.Say($"demo failed, {(int)exception.Code}: {exception.Message}");
                return ExitCode.Failed;
            }
        });
        return command;
    }

    /// <summary>Beside this tool when published together, else in the sibling project's output of the same configuration.</summary>
    private static string FindService()
    {
        string beside = Path.Combine(AppContext.BaseDirectory, $"{ServiceName}.dll");
        string framework = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string configuration = Path.GetDirectoryName(framework)!;
        string sibling = Path.GetFullPath(Path.Combine(
            configuration, "..", "..", "..", ServiceName, "bin", Path.GetFileName(configuration), Path.GetFileName(framework), $"{ServiceName}.dll"));
        return File.Exists(beside) ? beside : sibling;
    }
}
