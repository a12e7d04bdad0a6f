using System.Text.Json.Serialization;

namespace Recording.Model.Documents;

/// <summary>Source-generated serialization of the documents. It hands null to init setters of members that are absent, hence the setters with a default.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    Converters = [typeof(MicrosecondTimeConverter)])]
[JsonSerializable(typeof(MetadataDocument))]
[JsonSerializable(typeof(TimelineDocument))]
[JsonSerializable(typeof(PolicyDocument))]
internal sealed partial class DocumentContext : JsonSerializerContext;
