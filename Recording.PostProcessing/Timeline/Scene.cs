using Recording.PostProcessing.Layout;

namespace Recording.PostProcessing.Timeline;

/// <summary>A stretch of the output in which nothing moves.</summary>
/// <param name="FirstFrame">Number of the first output frame.</param>
/// <param name="FrameCount">Frames; at least 1.</param>
/// <param name="Regions">What is shown where, lowest first.</param>
public sealed record Scene(long FirstFrame, long FrameCount, IReadOnlyList<SceneRegion> Regions)
{
    /// <summary>A pause that is kept: a card instead of any region.</summary>
    public bool IsPause { get; init; }

    /// <summary>First frame after it.</summary>
    public long EndFrame => FirstFrame + FrameCount;
}
