namespace Recording.PostProcessing.Outputs;

/// <summary>Where clusters of a Matroska file with one track begin, so that a worker fetches only the part that it renders.</summary>
public sealed record MediaIndex
{
    /// <summary>Bytes before the first cluster: what a decoder has to know.</summary>
    public required long HeaderBytes { get; init; }

    /// <summary>First byte behind the last cluster.</summary>
    public required long EndOffset { get; init; }

    /// <summary>Clusters, in order of time.</summary>
    public required IReadOnlyList<MediaPoint> Points { get; init; }

    /// <summary>Longest time from a key frame to the next, or to the last cluster, µs.</summary>
    public required long LongestKeyframeGapUs { get; init; }

    /// <summary>The bytes of the clusters that are needed for a stretch: from the key frame in force at its start to the first cluster behind its end.</summary>
    /// <returns>Offset and length; the length is 0 when nothing lies there.</returns>
    public (long Offset, long Length) Range(long startUs, long endUs)
    {
        int first = -1;
        int end = Points.Count;
        for (int i = 0; i < Points.Count; i++)
        {
            if (Points[i].TimeUs >= endUs)
            {
                end = i;
                break;
            }

            if (Points[i].IsKeyframe && (first < 0 || Points[i].TimeUs <= startUs))
            {
                first = i;
            }
        }

        return first < 0 ? (HeaderBytes, 0) : (Points[first].Offset, (end < Points.Count ? Points[end].Offset : EndOffset) - Points[first].Offset);
    }
}
