namespace Recording.Grains.Rooms;

/// <summary>Where an event came from.</summary>
/// <param name="LinkKey"><c>dial:...</c> or <c>id:...</c>.</param>
/// <param name="Epoch">The SFU's session.</param>
public readonly record struct LinkContext(string LinkKey, ulong Epoch);
