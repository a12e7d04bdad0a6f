using Recording.Media.Remuxing;

namespace Recording.PostProcessing.Outputs;

/// <summary>A stretch of a track's sound without a long gap, as a file.</summary>
/// <param name="File">Matroska.</param>
/// <param name="StartSeconds">Recording time of its first sample.</param>
public sealed record AudioSection(FileInfo File, double StartSeconds)
{
    /// <summary>Recording times at which the sound of a track goes on after a gap that divides it, µs.</summary>
    internal static long[] Resumes(RemuxResult result, long originUs) =>
        [.. result.Gaps.Where(gap => gap.EndUs - gap.StartUs > AudioGraph.LongestGapUs).Select(gap => gap.EndUs - originUs)];

    /// <summary>Divides a track; empty = it holds no frame.</summary>
    /// <param name="file">Matroska, whole or in part.</param>
    /// <param name="resumesUs">As <see cref="Resumes"/> says.</param>
    /// <param name="next">Where a further file goes.</param>
    internal static List<AudioSection> Divide(FileInfo file, IReadOnlyList<long> resumesUs, Func<FileInfo> next)
    {
        long[] starts = [long.MinValue, .. resumesUs, long.MaxValue];
        List<AudioSection> sections = [];
        for (int i = 0; i + 1 < starts.Length; i++)
        {
            FileInfo part = starts.Length == 2 ? file : next();

            // Times of clusters are whole milliseconds.
            if (starts.Length == 2 || MatroskaScan.Slice(file, Near(starts[i], 1000), Near(starts[i + 1], -1000), part) is not null)
            {
                if (MatroskaScan.FirstTime(part) is { } firstUs && (sections.Count == 0 || firstUs / 1e6 > sections[^1].StartSeconds))
                {
                    sections.Add(new AudioSection(part, firstUs / 1e6));
                }
            }
        }

        return sections;

        static long Near(long timeUs, long step) => timeUs is long.MinValue or long.MaxValue ? timeUs : timeUs + step;
    }
}
