using Recording.Model;

namespace Recording.Grains.Rooms.State;

/// <summary>A policy from one source.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Stamp">Since when.</param>
public sealed record PolicySlot(RecordingPolicy Policy, EventStamp Stamp);
