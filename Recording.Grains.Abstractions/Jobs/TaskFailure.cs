using Recording.Model;

namespace Recording.Grains.Abstractions.Jobs;

/// <summary>Why an attempt failed.</summary>
/// <param name="Code">What went wrong.</param>
/// <param name="Message">For a person.</param>
/// <param name="Log">The last lines of the tool's stderr.</param>
/// <param name="Permanent">Trying again cannot help.</param>
[GenerateSerializer, Immutable, Alias("recording.TaskFailure")]
public sealed record TaskFailure(
    [property: Id(0)] RecordingErrorCode Code,
    [property: Id(1)] string Message,
    [property: Id(2)] string Log,
    [property: Id(3)] bool Permanent);
