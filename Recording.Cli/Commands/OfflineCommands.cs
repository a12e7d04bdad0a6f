using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Recording.Media.Remuxing;
using Recording.Model;
using Recording.PostProcessing.Ffmpeg;
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
        var layout = new Option<string?>("--layout") { Description = "grid, speaker, screenshare, pip, single:PEER, audio-only, or a JSON file with regions." };
        var output = new Option<string>("--output", "-o") { Description = "The file to make; a directory for hls and wav.", Required = true };
        var format = new Option<string?>("--format") { Description = "mp4, webm, hls, mp3, m4a, wav (one for each speaker); default: as the output's name ends, else mp4." };
        var codec = new Option<string?>("--video-codec") { Description = "With webm: vp9 (default) or vp8." };
        var size = new Option<string?>("--size") { Description = "Pixels, even: 1280x720." };
        var width = new Option<int?>("--width") { Description = "Pixels, even." };
        var height = new Option<int?>("--height") { Description = "Pixels, even." };
        var rate = new Option<int?>("--fps", "--frame-rate") { Description = "Frames per second, 1 to 60." };
        var from = new Option<string?>("--from") { Description = "Recording time to begin at: seconds, or [HH:]MM:SS." };
        var to = new Option<string?>("--to") { Description = "Recording time to end at." };
        var pauses = new Option<string?>("--pauses") { Description = "cut (default) or card: show a card while the recording was paused." };
        var title = new Option<string?>("--title") { Description = "Text in the upper left corner." };
        var clock = new Option<string?>("--clock") { Description = "none, recorded (time since the start) or wall (UTC), in the upper right corner." };
        var fit = new Option<string?>("--fit") { Description = "contain (whole picture, default) or cover (whole tile) for cameras." };
        var background = new Option<string?>("--background") { Description = "A colour like #16181d, or a PNG or JPEG file." };
        var captions = new Option<string?>("--captions") { Description = "A WebVTT file in recording time." };
        var burn = new Option<bool>("--burn-captions") { Description = "Draw the captions into the picture instead of adding a subtitle stream." };
        var state = new Option<string?>("--state") { Description = "A JSON file with layout and pin changes and muted tracks." };
        var spec = new Option<string?>("--spec") { Description = "A JSON file with any of these settings, as jobs take them; options go before it." };
        var noLabels = new Option<bool>("--no-labels") { Description = "Draw no names." };
        var noMicrophones = new Option<bool>("--no-microphones") { Description = "Draw no signs of closed microphones." };
        var noCopy = new Option<bool>("--no-copy") { Description = "With single:PEER, encode even what could be copied." };
        var thumbnails = new Option<bool>("--thumbnails") { Description = "Also a poster, a picture every 10 s, sprite sheets with a map." };
        var waveforms = new Option<bool>("--waveforms") { Description = "Also a picture and JSON peaks of each speaker's sound." };
        var chapters = new Option<bool>("--chapters") { Description = "Mark who has the floor and shared screens, in MP4 and as WebVTT." };
        var workers = new Option<int>("--workers") { Description = "Chunks rendered at once, 1 to 64.", DefaultValueFactory = _ => Math.Clamp(Environment.ProcessorCount, 1, 64) };
        var command = new Command("compose", "Render a composite from stored tracks. Ends with one JSON object.")
        {
            _directory, layout, output, format, codec, size, width, height, rate, from, to, pauses, title, clock, fit, background, captions, burn, state, spec,
            noLabels, noMicrophones, noCopy, thumbnails, waveforms, chapters, workers,
        };
        command.Runs(async (parsed, cancellationToken) =>
        {
            DirectoryInfo recording = Recording(parsed);
            JsonObject json = parsed.GetValue(spec) is { } file ? await ReadJsonAsync(file, cancellationToken) as JsonObject ?? throw NotAnObject(file) : [];
            string target = parsed.GetRequiredValue(output);
            Set("format", parsed.GetValue(format) ?? FormatOf(target, json));
            Set("layout", parsed.GetValue(layout) is { } named && named.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? await ReadJsonAsync(named, cancellationToken) : parsed.GetValue(layout));
            Set("video_codec", parsed.GetValue(codec));
            if (parsed.GetValue(size) is { } asked)
            {
                (int sizeWidth, int sizeHeight) = ParseSize(asked);
                Set("width", Given("--size", sizeWidth));
                Set("height", Given("--size", sizeHeight));
            }

            Set("width", Given("--width", parsed.GetValue(width)));
            Set("height", Given("--height", parsed.GetValue(height)));
            Set("frame_rate", Given("--fps", parsed.GetValue(rate)));
            Set("from_s", ParseTime("--from", parsed.GetValue(from)));
            Set("to_s", ParseTime("--to", parsed.GetValue(to)));
            Set("pauses", parsed.GetValue(pauses));
            Set("title", parsed.GetValue(title));
            Set("clock", parsed.GetValue(clock));
            Set("fit", parsed.GetValue(fit));
            bool isColour = parsed.GetValue(background)?.StartsWith('#') == true;
            Set("background", isColour ? parsed.GetValue(background) : null);
            Set("state", parsed.GetValue(state) is { } stateFile ? await ReadJsonAsync(stateFile, cancellationToken) : null);
            SetFlag("captions_mode", burn, "burn");
            SetFlag("labels", noLabels, false);
            SetFlag("microphones", noMicrophones, false);
            SetFlag("copy", noCopy, false);
            SetFlag("thumbnails", thumbnails, true);
            SetFlag("waveforms", waveforms, true);
            SetFlag("chapters", chapters, true);
            CompositionSettings settings = CompositionSettings.Parse(json.ToJsonString());
            var inputs = new OfflineInputs(
                isColour || parsed.GetValue(background) is not { } image ? null : new FileInfo(image),
                parsed.GetValue(captions) is { } text ? new FileInfo(text) : null);
            int count = parsed.GetValue(workers);
            if (count is < 1 or > 64)
            {
                throw new ArgumentException($"--workers: expected 1 to 64, found {count}");
            }

            var composer = new OfflineComposer(new FfmpegOptions(), RenderOptions.For(count, Environment.ProcessorCount), TimeProvider.System);
            CompositionResult result = await WithProgressAsync(progress => composer.ComposeAsync(recording, settings, new FileInfo(target), progress, inputs, cancellationToken));
            parsed.WriteJson(new
            {
                output = result.Output.FullName,
                duration_s = result.DurationSeconds,
                bytes = result.Bytes,
                sha256 = result.Sha256,
                files = result.Files.Select(made => made.FullName),
                skipped = Json(result.Skipped),
            });
            return ExitCode.Ok;

            void Set(string name, JsonNode? value)
            {
                if (value is not null)
                {
                    json[name] = value;
                }
            }

            void SetFlag(string name, Option<bool> option, JsonNode value)
            {
                if (parsed.GetValue(option))
                {
                    json[name] = value;
                }
            }
        });
        return command;
    }

    private static Command Remux()
    {
        var output = new Option<string?>("--output", "-o") { Description = "Where processed/tracks/ is made; default DIR itself." };
        var workers = new Option<int>("--workers") { Description = "Participants remuxed at once, 1 to 64.", DefaultValueFactory = _ => Math.Clamp(Environment.ProcessorCount, 1, 64) };
        var container = new Option<string>("--container")
        {
            Description = "mkv (every codec), webm (VP8, VP9, AV1, Opus) or ogg (Opus, gaps filled with silence).",
            DefaultValueFactory = _ => RemuxSettings.Default.Container.Name(),
        };
        var command = new Command("remux", "Make a media file of each stored track, nothing encoded again. Ends with one JSON object.") { _directory, output, container, workers };
        command.Runs(async (parsed, cancellationToken) =>
        {
            DirectoryInfo recording = Recording(parsed);
            DirectoryInfo target = parsed.GetValue(output) is { } other ? new DirectoryInfo(other) : recording;
            var composer = new OfflineComposer(new FfmpegOptions(), RenderOptions.For(Math.Clamp(parsed.GetValue(workers), 1, 64), Environment.ProcessorCount), TimeProvider.System);
            RemuxSettings settings = RemuxSettings.Parse(new JsonObject { ["container"] = parsed.GetRequiredValue(container) }.ToJsonString());
            TaskProducts made = await WithProgressAsync(progress => composer.RemuxAsync(recording, target, settings, progress, cancellationToken));
            parsed.WriteJson(new
            {
                directory = target.FullName,
                files = made.Outputs.Select(file => new { file = file.File, bytes = file.Bytes, duration_s = file.DurationSeconds, sha256 = file.Sha256 }),
                skipped = Json(made.Skipped),
            });
            return made.Skipped.Any(track => track.IsMissed) ? ExitCode.Failed : ExitCode.Ok;
        });
        return command;
    }

    private static IEnumerable<object> Json(IReadOnlyList<SkippedTrack> skipped) =>
        skipped.Select(track => new { track_id = track.TrackId, reason = track.Reason, code = (int)track.Code });

    // As the name ends, unless the specification says otherwise.
    private static string? FormatOf(string output, JsonObject spec)
    {
        string extension = Path.GetExtension(output).TrimStart('.').ToLowerInvariant();
        return spec.ContainsKey("format") || !OutputFormat.Names.Contains(extension, StringComparer.Ordinal) ? null : extension;
    }

    private static async Task<JsonNode?> ReadJsonAsync(string file, CancellationToken cancellationToken)
    {
        string text = await File.ReadAllTextAsync(file, cancellationToken);
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException exception)
        {
            throw new FormatException($"{file} is not JSON: {exception.Message}", exception);
        }
    }

    private static FormatException NotAnObject(string file) => new($"{file}: expected a JSON object");

    private static (int Width, int Height) ParseSize(string text)
    {
        string[] sides = text.Split('x');
        return sides.Length == 2 && int.TryParse(sides[0], NumberStyles.None, CultureInfo.InvariantCulture, out int width) && int.TryParse(sides[1], NumberStyles.None, CultureInfo.InvariantCulture, out int height)
            ? (width, height)
            : throw new ArgumentException($"--size: expected WIDTHxHEIGHT, found '{text}'");
    }

    // In a job's JSON 0 is the default; who types it means it.
    private static int? Given(string option, int? value) => value != 0 ? value : throw new ArgumentException($"{option}: expected a number over 0, found 0");

    private static double? ParseTime(string option, string? text)
    {
        if (text is null)
        {
            return null;
        }

        double seconds = 0;
        string[] parts = text.Split(':');
        foreach (string part in parts)
        {
            if (parts.Length > 3 || !double.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value))
            {
                throw new ArgumentException($"{option}: expected seconds or [HH:]MM:SS, found '{text}'");
            }

            seconds = (seconds * 60) + value;
        }

        return seconds;
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
