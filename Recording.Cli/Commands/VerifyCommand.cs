using System.CommandLine;
using Recording.Simulator.Verification;

namespace Recording.Cli.Commands;

/// <summary><c>recording verify DIR|FILE [--ledger FILE] [--json]</c>.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var directory = new Argument<string>("PATH") { Description = "A data directory, a bucket's copy, one recording, or one track file." };
        var ledger = new Option<string?>("--ledger") { Description = "JSON lines that `recording simulate --ledger` wrote; compared as a multiset." };
        var json = new Option<bool>("--json") { Description = "The report on one line, also on a terminal." };
        var command = new Command("verify", "Check stored recordings: checksums, indexes, contiguity, hashes of metadata.json, and with --ledger that every packet is there exactly once. Ends with one JSON object; exit code 1 when something is not right.")
        {
            directory,
            ledger,
            json,
        };
        command.Runs((parsed, cancellationToken) => Task.FromResult(
            Verify(parsed, parsed.GetRequiredValue(directory), parsed.GetValue(ledger), parsed.GetValue(json), cancellationToken)));
        return command;
    }

    private static int Verify(ParseResult parsed, string directory, string? ledger, bool oneLine, CancellationToken cancellationToken)
    {
        VerificationReport report = RecordingVerifier.Verify(directory, ledger, cancellationToken: cancellationToken);
        parsed.WriteJson(report, oneLine);
        return report.Ok ? ExitCode.Ok : ExitCode.Failed;
    }
}
