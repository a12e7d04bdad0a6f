using Recording.Model;

namespace Recording.Grains.Abstractions.Recordings;

/// <summary>A policy and since when it was in force.</summary>
/// <param name="TimeUs">µs since 1970.</param>
/// <param name="Source">room_created, policy_json, start_response or policy_updated.</param>
/// <param name="Policy">The policy.</param>
[GenerateSerializer, Immutable, Alias("recording.PolicyChange")]
public sealed record PolicyChange(
    [property: Id(0)] long TimeUs,
    [property: Id(1)] string Source,
    [property: Id(2)] RecordingPolicy Policy);
