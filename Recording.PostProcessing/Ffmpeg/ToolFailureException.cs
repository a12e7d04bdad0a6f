namespace Recording.PostProcessing.Ffmpeg;

/// <summary>What a tool left behind when it failed; the inner exception of the <see cref="Model.RecordingException"/> that reports it.</summary>
/// <param name="exitCode">The tool's exit code; -1 = it was killed for silence.</param>
/// <param name="log">The last lines of its stderr.</param>
public sealed class ToolFailureException(int exitCode, string log) : Exception($"exit code {exitCode}")
{
    /// <summary>The tool's exit code; -1 = it was killed for silence.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>The last lines of its stderr, at most 50.</summary>
    public string Log { get; } = log;
}
