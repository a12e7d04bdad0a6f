using Recording.Model;

namespace Recording.PostProcessing.Ffmpeg;

/// <summary>What the installed FFmpeg is and can do; asked once and kept for the life of the process.</summary>
public sealed class FfmpegProbe
{
    private const string GraphScript = "-filter_complex_script";
    private const string GraphOfFile = "-/filter_complex";
    private readonly HashSet<string> _encoders;

    /// <param name="version">As <c>ffmpeg -version</c> says it.</param>
    /// <param name="encoders">Names of its encoders.</param>
    /// <param name="graphFileOption">See <see cref="GraphFileOption"/>.</param>
    public FfmpegProbe(string version, IEnumerable<string> encoders, string graphFileOption = GraphScript)
    {
        GraphFileOption = graphFileOption;
        Version = version;
        _encoders = new HashSet<string>(encoders, StringComparer.Ordinal);
    }

    /// <summary>As <c>ffmpeg -version</c> says it: <c>5.1.9-0+deb12u1</c>.</summary>
    public string Version { get; }

    /// <summary>Names of its encoders.</summary>
    public IReadOnlySet<string> Encoders => _encoders;

    /// <summary>The option before the name of a file that holds a filter graph: <c>-filter_complex_script</c>, or <c>-/filter_complex</c> from FFmpeg 7 on.</summary>
    public string GraphFileOption { get; }

    /// <summary>Asks FFmpeg.</summary>
    /// <exception cref="RecordingException">4004: there is none.</exception>
    public static async Task<FfmpegProbe> RunAsync(FfmpegOptions options, TimeProvider time, CancellationToken cancellationToken = default)
    {
        var run = new FfmpegRun(options, time);
        var directory = new DirectoryInfo(Path.GetTempPath());
        List<string> version = [];
        await run.QueryAsync(["-hide_banner", "-version"], directory, version.Add, cancellationToken);
        List<string> encoders = [];
        await run.QueryAsync(["-hide_banner", "-encoders"], directory, encoders.Add, cancellationToken);
        List<string> known = [];
        await run.QueryAsync(["-hide_banner", "-h", "long"], directory, known.Add, cancellationToken);
        return new FfmpegProbe(ParseVersion(version), ParseEncoders(encoders), ParseGraphFileOption(known));
    }

    /// <summary>Ends with an error when an encoder that the job needs is missing.</summary>
    /// <exception cref="RecordingException">3002, naming the encoder.</exception>
    public void RequireEncoders(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (!_encoders.Contains(name))
            {
                throw new RecordingException(RecordingErrorCode.UnsupportedCodec, $"FFmpeg {Version} has no encoder {name}: install a build that has it");
            }
        }
    }

    private static string ParseVersion(List<string> lines)
    {
        string[] words = lines.Count > 0 ? lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];
        int index = Array.IndexOf(words, "version");
        return index >= 0 && index + 1 < words.Length ? words[index + 1] : "unknown";
    }

    // FFmpeg 7 still lists the older one, as deprecated.
    private static string ParseGraphFileOption(List<string> lines) =>
        lines.Any(line => line.Contains(GraphScript, StringComparison.Ordinal) && !line.Contains("deprecated", StringComparison.Ordinal)) ? GraphScript : GraphOfFile;

    // Lines look like " V....D libx264              libx264 H.264 ...", after a legend that ends at " ------".
    private static IEnumerable<string> ParseEncoders(List<string> lines) =>
        lines.SkipWhile(line => !line.TrimStart().StartsWith("---", StringComparison.Ordinal))
            .Skip(1)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length >= 2)
            .Select(words => words[1]);
}
