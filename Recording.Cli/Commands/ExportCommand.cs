using System.CommandLine;
using Recording.Cli.Export;

namespace Recording.Cli.Commands;

/// <summary><c>recording export FILE|DIR --to FORMAT --out PATH</c>.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var input = new Argument<string>("PATH") { Description = "A track file, or a recording's directory." };
        var format = new Option<ExportFormat>("--to") { Description = "pcapng: all tracks in one file; rtpdump: a file for each track; mjr: a file for each media SSRC.", Required = true };
        var output = new Option<string>("--out", "-o") { Description = "A file with the format's extension, or a folder.", Required = true };
        var force = new Option<bool>("--force") { Description = "Replace files that exist." };
        var command = new Command("export", "Write stored tracks for other tools: pcapng, rtpdump (with an SDP beside them) or Janus' MJR. Ends with one JSON object.") { input, format, output, force };
        command.Runs((parsed, cancellationToken) => Task.Run(
            () =>
            {
                ExportResult result = RecordingExport.Run(parsed.GetRequiredValue(input), parsed.GetValue(format), parsed.GetRequiredValue(output), parsed.GetValue(force), cancellationToken);
                parsed.WriteJson(result);
                return result.Ok ? ExitCode.Ok : ExitCode.Failed;
            },
            cancellationToken));
        return command;
    }
}
