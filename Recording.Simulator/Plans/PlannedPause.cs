namespace Recording.Simulator.Plans;

/// <summary>A time in which a producer is paused.</summary>
/// <param name="From">Since the room's start.</param>
/// <param name="To">Since the room's start.</param>
public sealed record PlannedPause(TimeSpan From, TimeSpan To);
