using Recording.PostProcessing.Ffmpeg;

namespace Recording.PostProcessing.Tests.Support;

/// <summary>The installed FFmpeg, probed once for all tests.</summary>
public static class Tools
{
    private static readonly Lazy<Task<FfmpegProbe>> _probe = new(() => FfmpegProbe.RunAsync(new FfmpegOptions(), TimeProvider.System));

    public static FfmpegRun Run { get; } = new(new FfmpegOptions { Niceness = 0 }, TimeProvider.System);

    public static Task<FfmpegProbe> ProbeAsync() => _probe.Value;
}
