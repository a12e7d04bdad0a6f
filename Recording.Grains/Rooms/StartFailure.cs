using Recording.Grains.Abstractions.Rooms;

namespace Recording.Grains.Rooms;

/// <summary>A start that came to nothing after it was accepted.</summary>
/// <param name="RecordingId">Which.</param>
/// <param name="Failure">Why.</param>
public sealed record StartFailure(string RecordingId, RecordingFailure Failure);
