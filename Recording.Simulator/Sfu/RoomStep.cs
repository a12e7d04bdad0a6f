namespace Recording.Simulator.Sfu;

/// <summary>Something that happens in a room at a time.</summary>
/// <param name="AtUs">µs since the room's start.</param>
/// <param name="Order">Among steps of the same time.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Run">Takes the time of the simulation, µs since 1970.</param>
internal sealed record RoomStep(long AtUs, int Order, RoomStepKind Kind, Action<long> Run);
