using CliWrap;
using Recording.Model;

namespace Recording.PostProcessing.Ffmpeg;

/// <summary>Runs FFmpeg once: arguments as a list, progress parsed, stderr kept, killed with all its children on cancel or silence.</summary>
/// <param name="options">Which FFmpeg.</param>
/// <param name="time">Measures silence and time left.</param>
public sealed class FfmpegRun(FfmpegOptions options, TimeProvider time)
{
    private static readonly string? _nice = ExecutableOnPath("nice");

    /// <summary>Runs to the end.</summary>
    /// <param name="arguments">Everything but the general options (-nostdin, -progress, log level).</param>
    /// <param name="directory">Working directory: relative file names of the arguments are resolved there.</param>
    /// <param name="expected">Length of the output, for the fraction; zero = unknown.</param>
    /// <param name="progress">Told about twice a second; null = nobody asks.</param>
    /// <param name="cancellationToken">Kills the run.</param>
    /// <returns>The last lines of stderr (warnings; errors end in an exception).</returns>
    /// <exception cref="RecordingException">4003: FFmpeg failed or fell silent; the inner <see cref="ToolFailureException"/> holds its last lines. 4004: there is no FFmpeg.</exception>
    public async Task<string> RunAsync(
        IEnumerable<string> arguments,
        DirectoryInfo directory,
        TimeSpan expected = default,
        IProgress<FfmpegProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        string[] all = ["-nostdin", "-hide_banner", "-nostats", "-loglevel", "warning", "-progress", "pipe:1", .. arguments];
        return await RunToolAsync(options.FfmpegPath, all, directory, expected, progress, null, cancellationToken);
    }

    /// <summary>Runs to the end with what the arguments write to <c>pipe:1</c> going to <paramref name="output"/>; else as <see cref="RunAsync"/>.</summary>
    /// <param name="arguments">Everything but the general options; the output is <c>pipe:1</c>.</param>
    /// <param name="directory">Working directory.</param>
    /// <param name="output">Takes the bytes.</param>
    /// <param name="expected">Length of the output, for the fraction; zero = unknown.</param>
    /// <param name="progress">Null = nobody asks.</param>
    /// <param name="cancellationToken">Kills the run.</param>
    public async Task StreamAsync(
        IEnumerable<string> arguments,
        DirectoryInfo directory,
        Stream output,
        TimeSpan expected = default,
        IProgress<FfmpegProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        string[] all = ["-nostdin", "-hide_banner", "-nostats", "-loglevel", "warning", "-progress", "pipe:2", .. arguments];
        await RunToolAsync(options.FfmpegPath, all, directory, expected, progress, null, cancellationToken, PipeTarget.ToStream(output));
    }

    /// <summary>Runs ffprobe and gives each line of its stdout to <paramref name="output"/>.</summary>
    internal Task<string> ProbeAsync(string[] arguments, DirectoryInfo directory, Action<string> output, CancellationToken cancellationToken) =>
        RunToolAsync(options.FfprobePath, arguments, directory, default, null, output, cancellationToken);

    /// <summary>Runs ffmpeg with these arguments only and gives each line of its stdout to <paramref name="output"/>.</summary>
    internal Task<string> QueryAsync(string[] arguments, DirectoryInfo directory, Action<string> output, CancellationToken cancellationToken) =>
        RunToolAsync(options.FfmpegPath, arguments, directory, default, null, output, cancellationToken);

    private async Task<string> RunToolAsync(
        string tool,
        string[] arguments,
        DirectoryInfo directory,
        TimeSpan expected,
        IProgress<FfmpegProgress>? progress,
        Action<string>? output,
        CancellationToken cancellationToken,
        PipeTarget? bytes = null)
    {
        var tail = new StderrTail();
        var parser = new ProgressParser(expected);
        long started = time.GetTimestamp();
        using var silence = new CancellationTokenSource();
        var watch = new SilenceWatch(options.SilenceLimit, time);
        using var kill = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);

        void OnOutput(string line)
        {
            watch.Heard();
            if (output is not null)
            {
                output(line);
            }
            else if (parser.Feed(line, time.GetElapsedTime(started), out FfmpegProgress report))
            {
                progress?.Report(report);
            }
        }

        void OnError(string line)
        {
            watch.Heard();
            if (bytes is not null && ProgressParser.IsProgress(line))
            {
                if (parser.Feed(line, time.GetElapsedTime(started), out FfmpegProgress report))
                {
                    progress?.Report(report);
                }
            }
            else
            {
                tail.Add(line);
            }
        }

        bool niced = options.Niceness > 0 && _nice is not null;
        Command command = Cli.Wrap(niced ? _nice! : tool)
            .WithArguments(niced ? ["-n", options.Niceness.ToString(), tool, .. arguments] : arguments)
            .WithWorkingDirectory(directory.FullName)
            .WithStandardOutputPipe(bytes ?? PipeTarget.ToDelegate(OnOutput))
            .WithStandardErrorPipe(PipeTarget.ToDelegate(OnError))
            .WithValidation(CommandResultValidation.None);
        CommandResult result;
        try
        {
            CommandTask<CommandResult> running = command.ExecuteAsync(kill.Token);
            TimeSpan pace = options.SilenceLimit / SilenceWatch.LooksALimit;
            await using ITimer looks = time.CreateTimer(
                _ =>
                {
                    if (watch.Hangs(ToolActivity.Read(running.ProcessId)))
                    {
                        silence.Cancel();
                    }
                },
                null,
                pace,
                pace);
            result = await running;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RecordingException(
                RecordingErrorCode.FinalizationFailed,
                $"{Path.GetFileName(tool)} said nothing for {options.SilenceLimit.TotalSeconds:0} s, did nothing, and was killed",
                new ToolFailureException(-1, tail.ToString()));
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new RecordingException(RecordingErrorCode.NotFound, $"{tool} cannot be started: {exception.Message}", exception);
        }

        return result.ExitCode switch
        {
            0 => tail.ToString(),
            127 when niced => throw new RecordingException(RecordingErrorCode.NotFound, $"{tool} cannot be started: it is not on PATH", new ToolFailureException(127, tail.ToString())),
            _ => throw new RecordingException(
                RecordingErrorCode.FinalizationFailed,
                $"{Path.GetFileName(tool)} ended with code {result.ExitCode}: {tail.LastLine}",
                new ToolFailureException(result.ExitCode, tail.ToString())),
        };
    }

    private static string? ExecutableOnPath(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
}
