namespace Recording.Grains.Recordings;

/// <summary>A segment of a committed list is not in the store (4003). It never leaves the recording.</summary>
/// <param name="name">Last element of the segment's key.</param>
internal sealed class SegmentMissingException(string name) : Exception($"Segment {name} is not in the store.")
{
    /// <summary>Last element of the segment's key.</summary>
    public string Name { get; } = name;
}
