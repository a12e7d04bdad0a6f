namespace Recording.Grains.Recordings.Check;

/// <summary>One thing that was found.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Key">Where.</param>
/// <param name="RecordingId">Whose; empty = nobody's.</param>
/// <param name="Bytes">Size of what lies there.</param>
/// <param name="Detail">For people.</param>
public sealed record StoreFinding(StoreFindingKind Kind, string Key, string RecordingId, long Bytes, string Detail)
{
    /// <summary>Whether it was repaired or removed.</summary>
    public bool IsMended { get; init; }

    /// <summary>Whether it is a fault at all.</summary>
    public bool IsFault => Kind != StoreFindingKind.Unfinished;
}
