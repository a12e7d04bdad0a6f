using Recording.Model;

namespace Recording.Grains.Abstractions.Rooms;

/// <summary>A code and a sentence.</summary>
/// <param name="Code">What went wrong.</param>
/// <param name="Message">For a person.</param>
[GenerateSerializer, Immutable, Alias("recording.RecordingFailure")]
public sealed record RecordingFailure(
    [property: Id(0)] RecordingErrorCode Code,
    [property: Id(1)] string Message);
