using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Recording.Model.Documents;

/// <summary>Names of the three documents, and their JSON (UTF-8, snake_case, null fields left out).</summary>
public static class RecordingDocument
{
    /// <summary>Who was there and what was recorded.</summary>
    public const string MetadataFile = "metadata.json";

    /// <summary>What happened when.</summary>
    public const string TimelineFile = "timeline.json";

    /// <summary>What was allowed when.</summary>
    public const string PolicyFile = "policy.json";

    /// <summary>As JSON.</summary>
    public static byte[] Write(MetadataDocument document) => JsonSerializer.SerializeToUtf8Bytes(document, DocumentContext.Default.MetadataDocument);

    /// <summary>As JSON.</summary>
    public static byte[] Write(TimelineDocument document) => JsonSerializer.SerializeToUtf8Bytes(document, DocumentContext.Default.TimelineDocument);

    /// <summary>As JSON.</summary>
    public static byte[] Write(PolicyDocument document) => JsonSerializer.SerializeToUtf8Bytes(document, DocumentContext.Default.PolicyDocument);

    /// <summary>Reads metadata.json.</summary>
    /// <exception cref="RecordingException">4005: not such a document.</exception>
    public static MetadataDocument ReadMetadata(ReadOnlySpan<byte> json) => Read(json, DocumentContext.Default.MetadataDocument, MetadataFile);

    /// <summary>Reads timeline.json.</summary>
    /// <exception cref="RecordingException">4005: not such a document.</exception>
    public static TimelineDocument ReadTimeline(ReadOnlySpan<byte> json) => Read(json, DocumentContext.Default.TimelineDocument, TimelineFile);

    /// <summary>Reads policy.json.</summary>
    /// <exception cref="RecordingException">4005: not such a document.</exception>
    public static PolicyDocument ReadPolicy(ReadOnlySpan<byte> json) => Read(json, DocumentContext.Default.PolicyDocument, PolicyFile);

    private static T Read<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, string file)
    {
        try
        {
            return JsonSerializer.Deserialize(json, type)
                ?? throw new RecordingException(RecordingErrorCode.IntegrityCheckFailed, $"{file} holds null instead of a document.");
        }
        catch (JsonException e)
        {
            throw new RecordingException(RecordingErrorCode.IntegrityCheckFailed, $"{file} is not a valid document: {e.Message}", e);
        }
    }
}
