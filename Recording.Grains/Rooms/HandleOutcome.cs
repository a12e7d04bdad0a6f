namespace Recording.Grains.Rooms;

/// <summary>What came of a batch of events.</summary>
/// <param name="Fenced">The link is not the newest of its key; nothing was applied.</param>
/// <param name="ExpectedSequence">The next sequence wanted.</param>
/// <param name="Effects">What has to be done.</param>
public sealed record HandleOutcome(bool Fenced, long ExpectedSequence, RoomEffects Effects);
