using System.Text.Json.Serialization;

namespace Recording.PostProcessing.Report;

/// <summary>Source-generated serialization.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(QualityReport))]
internal sealed partial class ReportContext : JsonSerializerContext;
