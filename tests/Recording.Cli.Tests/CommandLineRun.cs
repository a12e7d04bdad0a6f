using System.CommandLine;
using System.Text.Json;

namespace Recording.Cli.Tests;

/// <summary>One run of the command line in this process.</summary>
internal sealed record CommandLineRun(int ExitCode, string Output, string Error)
{
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    public static async Task<CommandLineRun> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = await RecordingCommandLine.RunAsync(arguments, new InvocationConfiguration { Output = output, Error = error });
        return new CommandLineRun(code, output.ToString(), error.ToString());
    }
}
