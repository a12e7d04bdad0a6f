using System.CommandLine;
using Recording.Cli.Repair;
using Recording.Model;

namespace Recording.Cli.Commands;

/// <summary><c>recording repair FILE|DIR [--out PATH] [--in-place]</c>.</summary>
internal static class RepairCommand
{
    public static Command Create()
    {
        var path = new Argument<string>("PATH") { Description = "A track file, or a recording's directory." };
        var output = new Option<string?>("--out", "-o") { Description = "The repaired file, or a repaired copy of the directory; default: NAME.rtp.repaired beside each damaged file." };
        var inPlace = new Option<bool>("--in-place") { Description = "Repaired files take the names of damaged ones, which are kept as NAME.rtp.damaged; metadata.json is brought up to date." };
        var command = new Command("repair", "Make complete track files of damaged or cut ones: every sound block, a new index, gaps named. Ends with one JSON object; exit code 1 when something was lost.") { path, output, inPlace };
        command.Runs(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(output) is not null && parsed.GetValue(inPlace))
            {
                throw new RecordingException(RecordingErrorCode.ProtocolViolation, "--out and --in-place exclude each other");
            }

            RepairReport report = await RecordingRepair.RunAsync(parsed.GetRequiredValue(path), parsed.GetValue(output), parsed.GetValue(inPlace), cancellationToken);
            parsed.WriteJson(report);
            return report.Ok ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }
}
