namespace Recording.Grains.Abstractions.Links;

/// <summary>Answer to a lease request.</summary>
/// <param name="Granted">Whether the caller holds the link.</param>
/// <param name="Fence">The fence in force; the caller's when granted.</param>
/// <param name="TimeToLive">How long it holds without renewal, or how long to wait before asking again.</param>
[GenerateSerializer, Immutable, Alias("recording.LinkLease")]
public readonly record struct LinkLease(
    [property: Id(0)] bool Granted,
    [property: Id(1)] ulong Fence,
    [property: Id(2)] TimeSpan TimeToLive);
