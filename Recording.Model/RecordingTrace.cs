using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Recording.Model;

/// <summary>
/// Spans of one recording, from the start that a room accepted to the last job. Its trace id is computed from the recording id, so that a segment or a task finds its trace
/// without anybody carrying a context through batches, stores and queues.
/// </summary>
public static class RecordingTrace
{
    /// <summary>Name of this product's activity source and meter.</summary>
    public const string SourceName = "Recording";

    private static readonly ActivitySource _source = new(SourceName);

    /// <summary>Begins a span in the trace of a recording; null when nobody listens. Dispose it at the end.</summary>
    /// <param name="name">What is done: segment.put, track.assemble, ...</param>
    /// <param name="recordingId">The recording.</param>
    public static Activity? Start(string name, string recordingId) => _source.HasListeners()
        ? _source.StartActivity(name, ActivityKind.Internal, ContextOf(recordingId))?.SetTag("recording.id", recordingId)
        : null;

    /// <summary>As <see cref="Start"/>, with the id taken from the key of something that the recording stores.</summary>
    /// <param name="name">What is done.</param>
    /// <param name="key">A key below the recording's prefix, or the prefix itself, with its trailing slash.</param>
    public static Activity? StartForKey(string name, string key) => _source.HasListeners() ? Start(name, RecordingOf(key))?.SetTag("object.key", key) : null;

    /// <summary>The context that all spans of a recording have as their parent.</summary>
    public static ActivityContext ContextOf(string recordingId)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(recordingId));
        return new ActivityContext(
            ActivityTraceId.CreateFromBytes(hash.AsSpan(0, 16)), ActivitySpanId.CreateFromBytes(hash.AsSpan(16, 8)), ActivityTraceFlags.Recorded, isRemote: true);
    }

    private static string RecordingOf(string key) => Array.Find(key.Split('/'), RecordingId.IsValid) ?? "";
}
