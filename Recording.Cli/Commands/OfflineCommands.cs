using System.CommandLine;
using Recording.Model;
using Recording.PostProcessing.Outputs;
using Spectre.Console;

namespace Recording.Cli.Commands;

/// <summary><c>recording compose DIR</c> and <c>recording remux DIR</c>: post-processing of a recording's directory, with no service.</summary>
internal static class OfflineCommands
{
    private static readonly Argument<string> _directory = new("DIR") { Description = "The recording's directory: the one that holds metadata.json." };

    public static IEnumerable<Command> Create() => [Compose(), Remux()];

    private static Command Compose()
    {
        CompositionSettings defaults = CompositionSettings.Default;
        var layout = new Option<string>("--layout") { Description = "grid.", DefaultValueFactory = _ => defaults.Layout };
        var output = new Option<string>("--output", "-o") { Description = "The file to make.", Required = true };
        var width = new Option<int>("--width") { Description = "Pixels, even.", DefaultValueFactory = _ => defaults.Width };
        var height = new Option<int>("--height") { Description = "Pixels, even.", DefaultValueFactory = _ => defaults.Height };
        var rate = new Option<int>("--frame-rate") { Description = "Frames per second.", DefaultValueFactory = _ => defaults.FrameRate };
        var command = new Command("compose", "Render a composite from stored tracks. Ends with one JSON object.") { _directory, layout, output, width, height, rate };
        command.Runs(async (parsed, cancellationToken) =>
        {
            CompositionSettings settings = (defaults with
            {
                Layout = parsed.GetRequiredValue(layout),
                Width = parsed.GetValue(width),
                Height = parsed.GetValue(height),
                FrameRate = parsed.GetValue(rate),
            }).Validated();
            DirectoryInfo recording = Recording(parsed);
            CompositionResult result = await WithProgressAsync(progress =>
                new OfflineComposer().ComposeAsync(recording, settings, new FileInfo(parsed.GetRequiredValue(output)), progress, cancellationToken));
            parsed.WriteJson(new { output = result.Output.FullName, duration_s = result.DurationSeconds, bytes = result.Bytes, sha256 = result.Sha256 });
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Remux()
    {
        var output = new Option<string?>("--output", "-o") { Description = "Where processed/tracks/ is made; default DIR itself." };
        var command = new Command("remux", "Make a Matroska file of each stored track, nothing encoded again. Ends with one JSON object.") { _directory, output };
        command.Runs(async (parsed, cancellationToken) =>
        {
            DirectoryInfo recording = Recording(parsed);
            DirectoryInfo target = parsed.GetValue(output) is { } other ? new DirectoryInfo(other) : recording;
            IReadOnlyList<PublishedFile> files = await WithProgressAsync(progress => new OfflineComposer().RemuxAsync(recording, target, progress, cancellationToken));
            parsed.WriteJson(new { directory = target.FullName, files = files.Select(file => new { file = file.File, bytes = file.Bytes, duration_s = file.DurationSeconds, sha256 = file.Sha256 }) });
            return ExitCode.Ok;
        });
        return command;
    }

    private static DirectoryInfo Recording(ParseResult parsed)
    {
        var directory = new DirectoryInfo(parsed.GetRequiredValue(_directory));
        return File.Exists(Path.Combine(directory.FullName, "metadata.json"))
            ? directory
            : throw new RecordingException(RecordingErrorCode.NotFound, $"{directory.FullName} holds no metadata.json: it is not a recording's directory");
    }

    private static async Task<T> WithProgressAsync<T>(Func<IProgress<CompositionProgress>?, Task<T>> work)
    {
        if (Console.IsErrorRedirected)
        {
            return await work(null);
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                ProgressTask task = context.AddTask("working");
                var progress = new Progress<CompositionProgress>(step =>
                {
                    task.Description = Markup.Escape(step.Task);
                    task.Value = step.Fraction * 100;
                });
                return await work(progress);
            });
    }
}
