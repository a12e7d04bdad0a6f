using System.CommandLine;
using System.Globalization;
using System.Text;
using Recording.Model;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Report;

namespace Recording.Cli.Commands;

/// <summary><c>recording report DIR</c>: what a recording is worth and why, from its directory, with no service and no FFmpeg.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        var directory = new Argument<string>("DIR") { Description = "The recording's directory: the one that holds metadata.json. It is only read." };
        var json = new Option<bool>("--json") { Description = "Print the whole report as JSON (docs/schemas/report.schema.json)." };
        var html = new Option<string?>("--html") { Description = "Write it as a page that opens from disk." };
        var command = new Command("report", "Say what was lost, when and why, with a score. Exit code 0 whatever the score.") { directory, json, html };
        command.Runs(async (parsed, cancellationToken) =>
        {
            var recording = new DirectoryInfo(parsed.GetRequiredValue(directory));
            if (!File.Exists(Path.Combine(recording.FullName, "metadata.json")))
            {
                throw new RecordingException(RecordingErrorCode.NotFound, $"{recording.FullName} holds no metadata.json: it is not a recording's directory");
            }

            using ScratchDirectory scratch = ScratchDirectory.Create();
            var files = new DirectoryRecordingFiles(recording, scratch.Directory.CreateSubdirectory("made"));
            QualityReport report = await new RecordingReporter(files).ReportAsync(scratch.Directory, cancellationToken: cancellationToken);
            if (parsed.GetValue(html) is { Length: > 0 } page)
            {
                await File.WriteAllTextAsync(page, HtmlReport.Write(report), cancellationToken);
            }

            if (parsed.GetValue(json))
            {
                await parsed.InvocationConfiguration.Output.WriteLineAsync(Encoding.UTF8.GetString(ReportJson.Write(report)));
            }
            else
            {
                Print(parsed, report);
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static void Print(ParseResult parsed, QualityReport report)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        string length = TimeSpan.FromMilliseconds(report.Recording.DurationMs).ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture);
        output.WriteLine($"{report.Score} of 100: {report.Recording.RecordingId}, {report.Recording.Status}, {length}");
        foreach (ReportFinding finding in report.Findings)
        {
            string where = finding.TrackId is null ? "" : $"{Plain(finding.TrackId)}: ";
            output.WriteLine($"  {finding.Severity,-5} {(finding.Points > 0 ? $"-{finding.Points:0.#}" : ""),5}  {where}{Plain(finding.Text)}");
        }
    }

    // Names are anybody's: what would move a terminal's cursor is not printed.
    private static string Plain(string text) => new([.. text.Select(letter => char.IsControl(letter) ? '?' : letter)]);
}
