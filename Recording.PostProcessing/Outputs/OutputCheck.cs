using Recording.Model;
using Recording.PostProcessing.Ffmpeg;

namespace Recording.PostProcessing.Outputs;

/// <summary>Compares what was made with what was planned; nothing is published that differs. Pure.</summary>
internal static class OutputCheck
{
    // The last frame of an encoder stands over: 1024 samples of AAC, 1152 of MP3, 20 ms of Opus.
    private const double AudioFrame = 0.026;

    /// <summary>A joined composite.</summary>
    /// <exception cref="RecordingException">4005: every difference.</exception>
    public static void Composite(CompositionPlan plan, FfprobeReport report)
    {
        CompositionSettings settings = plan.Settings;
        List<string> problems = [];
        if (report.Video is not { } video || video.Codec != settings.Output.VideoCodec || video.Width != settings.Width || video.Height != settings.Height)
        {
            problems.Add($"video is not {settings.Output.VideoCodec} of {settings.Width}x{settings.Height}");
        }
        else if (video.Packets != plan.TotalFrames)
        {
            problems.Add($"{video.Packets} frames instead of {plan.TotalFrames}");
        }

        CheckAudio(settings, report, problems);
        CheckLength(plan, report, (1.0 / settings.FrameRate) + AudioFrame, problems);
        Refuse(report, problems);
    }

    /// <summary>A copied track with its sound: it has its own size and number of frames, and may end before the sound does.</summary>
    /// <exception cref="RecordingException">4005: every difference.</exception>
    public static void Copy(CompositionPlan plan, FfprobeReport report)
    {
        List<string> problems = [];
        if (report.Video is not { Packets: > 0 })
        {
            problems.Add("there is no picture");
        }

        CheckAudio(plan.Settings, report, problems);
        CheckLength(plan, report, 0.5, problems);
        Refuse(report, problems);
    }

    /// <summary>Sound alone.</summary>
    /// <exception cref="RecordingException">4005: every difference.</exception>
    public static void Sound(CompositionPlan plan, FfprobeReport report)
    {
        List<string> problems = [];
        CheckAudio(plan.Settings, report, problems);

        // An MP3 states its length in whole frames, with the encoder's delay.
        CheckLength(plan, report, 0.1, problems);
        Refuse(report, problems);
    }

    private static void CheckAudio(CompositionSettings settings, FfprobeReport report, List<string> problems)
    {
        if (report.Audio?.Codec != settings.Output.AudioCodec)
        {
            problems.Add($"no {settings.Output.AudioCodec} sound");
        }
    }

    private static void CheckLength(CompositionPlan plan, FfprobeReport report, double tolerance, List<string> problems)
    {
        double expected = plan.DurationUs / 1e6;
        if (Math.Abs(report.DurationSeconds - expected) > tolerance)
        {
            problems.Add($"lasts {report.DurationSeconds:0.000} s instead of {expected:0.000} s");
        }
    }

    private static void Refuse(FfprobeReport report, List<string> problems)
    {
        if (problems.Count > 0)
        {
            throw new RecordingException(RecordingErrorCode.IntegrityCheckFailed, $"{report.File.Name}: {string.Join("; ", problems)}");
        }
    }
}
