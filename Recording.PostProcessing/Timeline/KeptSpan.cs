namespace Recording.PostProcessing.Timeline;

/// <summary>A stretch that the output keeps.</summary>
/// <param name="OutputUs">Where it begins in the output, µs.</param>
/// <param name="Source">Where it comes from.</param>
public readonly record struct KeptSpan(long OutputUs, TimeInterval Source)
{
    /// <summary>Where it ends in the output, µs.</summary>
    public long OutputEndUs => OutputUs + Source.LengthUs;
}
