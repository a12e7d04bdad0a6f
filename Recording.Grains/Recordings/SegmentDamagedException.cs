namespace Recording.Grains.Recordings;

/// <summary>A segment of a committed list does not pass its checksums (4005). It never leaves the recording.</summary>
/// <param name="name">Last element of the segment's key.</param>
/// <param name="innerException">What was found.</param>
internal sealed class SegmentDamagedException(string name, Exception innerException) : Exception(innerException.Message, innerException)
{
    /// <summary>Last element of the segment's key.</summary>
    public string Name { get; } = name;
}
