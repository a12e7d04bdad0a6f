namespace Recording.PostProcessing.Report;

/// <summary>Pictures of a video track.</summary>
public sealed record PictureFigures
{
    /// <summary>Frames that can be shown.</summary>
    public long Frames { get; init; }

    /// <summary>Key frames.</summary>
    public long Keyframes { get; init; }

    /// <summary>Broken, or not decodable without one that was.</summary>
    public long DroppedFrames { get; init; }

    /// <summary>Mean, frames a second, pauses left out.</summary>
    public double FrameRate { get; init; }

    /// <summary>First packet to first key frame; null = there was none.</summary>
    public long? FirstKeyframeWaitMs { get; init; }

    /// <summary>Longest time that broken pictures waited for a key frame.</summary>
    public long LongestKeyframeWaitMs { get; init; }

    /// <summary>Times that the picture stood still.</summary>
    public long Freezes { get; init; }

    /// <summary>For how long in all.</summary>
    public long FrozenMs { get; init; }

    /// <summary>The longest.</summary>
    public long LongestFreezeMs { get; init; }

    /// <summary>The first 500; the kind is the cause, among them keyframe (waited for one).</summary>
    public IReadOnlyList<ReportGap> FreezeList { get; init => field = value ?? []; } = [];

    /// <summary>Picture sizes over time, of the largest source that was there.</summary>
    public IReadOnlyList<ResolutionStep> Resolutions { get; init => field = value ?? []; } = [];
}
