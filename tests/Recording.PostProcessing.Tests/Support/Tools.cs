using Recording.PostProcessing.Ffmpeg;

namespace Recording.PostProcessing.Tests.Support;

/// <summary>The installed FFmpeg, probed once for all tests.</summary>
public static class Tools
{
    private static readonly Lazy<Task<FfmpegProbe>> _probe = new(() => FfmpegProbe.RunAsync(new FfmpegOptions(), TimeProvider.System));

    public static FfmpegRun Run { get; } = new(new FfmpegOptions { Niceness = 0 }, TimeProvider.System);

    public static Task<FfmpegProbe> ProbeAsync() => _probe.Value;

    /// <summary>An FFmpeg that dies instead of taking more address space; stacks and arenas of its threads are kept small.</summary>
    public static async Task<FfmpegOptions> BoundedFfmpegAsync(ScratchDirectory scratch, int kilobytes)
    {
        FileInfo script = scratch.File("bounded-ffmpeg");
        await File.WriteAllTextAsync(script.FullName, $"#!/bin/sh\nexport MALLOC_ARENA_MAX=1\nulimit -s 1024\nulimit -v {kilobytes}\nexec ffmpeg \"$@\"\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(script.FullName, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return new FfmpegOptions { FfmpegPath = script.FullName };
    }
}
