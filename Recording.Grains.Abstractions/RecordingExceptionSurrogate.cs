using Recording.Model;

namespace Recording.Grains.Abstractions;

/// <summary>Carries <see cref="RecordingException"/> between processes: without it the caller sees CodecNotFoundException.</summary>
[GenerateSerializer, Immutable, Alias("recording.RecordingException")]
public struct RecordingExceptionSurrogate
{
    /// <summary>What went wrong.</summary>
    [Id(0)] public RecordingErrorCode Code { get; set; }

    /// <summary>For a person.</summary>
    [Id(1)] public string Message { get; set; }
}
