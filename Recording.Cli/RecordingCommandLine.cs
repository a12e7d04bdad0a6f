using System.CommandLine;
using Recording.Cli.Commands;

namespace Recording.Cli;

/// <summary>The command line of <c>recording</c>.</summary>
public static class RecordingCommandLine
{
    /// <summary>Runs one command line; arguments that do not parse are <see cref="ExitCode.Usage"/>.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, InvocationConfiguration? configuration = null)
    {
        ParseResult parsed = Create().Parse(arguments);
        int code = await parsed.InvokeAsync(configuration);
        return parsed.Errors.Count > 0 ? ExitCode.Usage : code;
    }

    /// <summary>All commands.</summary>
    public static RootCommand Create()
    {
        var root = new RootCommand(
            "The operator's tool of the recording service. Exit codes: 0 as asked, 1 something is not right, 2 bad arguments or no such file, 3 the service refused or is away, 130 stopped.");
        root.Subcommands.Add(SimulateCommand.Create());
        root.Subcommands.Add(VerifyCommand.Create());
        root.Subcommands.Add(InspectCommand.Create());
        root.Subcommands.Add(ImportCommand.Create());
        root.Subcommands.Add(FsckCommand.Create());
        root.Subcommands.Add(RepairCommand.Create());
        root.Subcommands.Add(ExportCommand.Create());
        root.Subcommands.Add(DemoCommand.Create());
        root.Subcommands.Add(ReportCommand.Create());
        foreach (Command command in OfflineCommands.Create().Concat(ControlCommands.Create()))
        {
            root.Subcommands.Add(command);
        }

        return root;
    }
}
