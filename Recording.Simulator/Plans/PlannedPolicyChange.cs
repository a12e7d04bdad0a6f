using Recording.Protocol.Sfu;

namespace Recording.Simulator.Plans;

/// <summary>A new policy in mid-session.</summary>
/// <param name="At">Since the room's start.</param>
/// <param name="Policy">What holds from then on.</param>
public sealed record PlannedPolicyChange(TimeSpan At, RecordingPolicy Policy);
