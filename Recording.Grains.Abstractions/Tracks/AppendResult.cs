namespace Recording.Grains.Abstractions.Tracks;

/// <summary>What the track grain holds of an epoch.</summary>
/// <param name="Status">Whether the batch was taken.</param>
/// <param name="ExpectedIndex">The next index it wants.</param>
/// <param name="StoredIndex">End of the contiguous stored prefix: the last index that is in the object store; 0 = none.</param>
/// <param name="WindowBytes">Bytes beyond the stored index that it is ready to take.</param>
/// <param name="HoldsUnstored">Something that was accepted, in any epoch, is not in the object store: markers have no index by which that could be told.</param>
[GenerateSerializer, Immutable, Alias("recording.AppendResult")]
public readonly record struct AppendResult(
    [property: Id(0)] AppendStatus Status,
    [property: Id(1)] ulong ExpectedIndex,
    [property: Id(2)] ulong StoredIndex,
    [property: Id(3)] int WindowBytes,
    [property: Id(4)] bool HoldsUnstored = false);
