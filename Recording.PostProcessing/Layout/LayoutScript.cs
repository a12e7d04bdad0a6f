using Recording.PostProcessing.Timeline;

namespace Recording.PostProcessing.Layout;

/// <summary>Which layout holds when, who is pinned and which tracks are muted: a composition state, or one layout for all. Pure.</summary>
public sealed class LayoutScript
{
    private readonly LayoutStep[] _steps;

    /// <param name="steps">In order of time, the first at 0.</param>
    public LayoutScript(IEnumerable<LayoutStep> steps)
    {
        _steps = [.. steps];
        ArgumentOutOfRangeException.ThrowIfZero(_steps.Length, nameof(steps));
    }

    /// <summary>One layout from the beginning to the end.</summary>
    public static LayoutScript Of(ILayout layout) => new([new LayoutStep(0, layout, null, new HashSet<string>(StringComparer.Ordinal))]);

    /// <summary>In order of time.</summary>
    public IReadOnlyList<LayoutStep> Steps => _steps;

    /// <summary>Whether a change of the floor can change the picture at any time.</summary>
    public bool FollowsSpeaker => _steps.Any(step => step.Layout.FollowsSpeaker);

    /// <summary>What holds at a moment.</summary>
    public LayoutStep At(long timeUs)
    {
        int low = 0;
        int high = _steps.Length - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = _steps[middle].AtUs <= timeUs ? (middle, high) : (low, middle - 1);
        }

        return _steps[low];
    }

    /// <summary>When a track is muted.</summary>
    public IReadOnlyList<TimeInterval> MutedTimes(string trackId, long durationUs) => TimeInterval.Union(
        _steps.Select((step, i) => (step, end: i + 1 < _steps.Length ? _steps[i + 1].AtUs : durationUs))
            .Where(pair => pair.step.Muted.Contains(trackId))
            .Select(pair => new TimeInterval(pair.step.AtUs, pair.end)),
        new TimeInterval(0, durationUs));
}
