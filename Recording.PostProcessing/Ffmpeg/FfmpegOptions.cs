namespace Recording.PostProcessing.Ffmpeg;

/// <summary>Which FFmpeg is used and how it is looked after.</summary>
public sealed class FfmpegOptions
{
    /// <summary>The <c>ffmpeg</c> executable, a path or a name on PATH.</summary>
    public string FfmpegPath { get; set; } = "ffmpeg";

    /// <summary>The <c>ffprobe</c> executable, a path or a name on PATH.</summary>
    public string FfprobePath { get; set; } = "ffprobe";

    /// <summary>A run that gives no sign for so long, neither a word nor work, is killed.</summary>
    public TimeSpan SilenceLimit { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Added to the process's nice value (0..19) where <c>nice</c> exists, so that capture comes first; 0 = not at all.</summary>
    public int Niceness { get; set; } = 10;
}
