using System.Text.Json;
using System.Text.Json.Serialization;

namespace Recording.PostProcessing.Transcript;

/// <summary>Source-generated serialization.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(TranscriptDocument))]
[JsonSerializable(typeof(TranscriptPlan))]
[JsonSerializable(typeof(HeardTrack))]
[JsonSerializable(typeof(Transcription))]
internal sealed partial class TranscriptContext : JsonSerializerContext;
