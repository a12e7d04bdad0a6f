using System.CommandLine;
using Recording.Simulator.Verification;

namespace Recording.Cli.Commands;

/// <summary><c>recording verify DIR [--ledger FILE]</c>.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var directory = new Argument<string>("DIR") { Description = "A data directory, a bucket's copy, or one recording." };
        var ledger = new Option<string?>("--ledger") { Description = "JSON lines that `recording simulate --ledger` wrote; compared as a multiset." };
        var command = new Command("verify", "Check stored recordings: checksums, hashes of metadata.json, and with --ledger that every packet is there exactly once. Ends with one JSON object.")
        {
            directory,
            ledger,
        };
        command.Runs((parsed, cancellationToken) => Task.FromResult(Verify(parsed, parsed.GetRequiredValue(directory), parsed.GetValue(ledger), cancellationToken)));
        return command;
    }

    private static int Verify(ParseResult parsed, string directory, string? ledger, CancellationToken cancellationToken)
    {
        VerificationReport report = RecordingVerifier.Verify(directory, ledger, cancellationToken: cancellationToken);
        parsed.WriteJson(report);
        return report.Ok ? ExitCode.Ok : ExitCode.Failed;
    }
}
