namespace Recording.Grains.Rooms.State;

/// <summary>A pause or resume that arrived before its producer.</summary>
/// <param name="LinkKey">On which link.</param>
/// <param name="ProducerId">Of which producer.</param>
/// <param name="Paused">Pause or resume.</param>
/// <param name="Stamp">When.</param>
public sealed record EarlyPause(string LinkKey, string ProducerId, bool Paused, EventStamp Stamp);
