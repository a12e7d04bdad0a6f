using System.Text.Json;
using System.Text.Json.Serialization;

namespace Recording.PostProcessing.Outputs;

/// <summary>Stores settings as the JSON that they are asked for with.</summary>
internal sealed class CompositionSettingsConverter : JsonConverter<CompositionSettings>
{
    /// <inheritdoc />
    public override CompositionSettings Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        return CompositionSettings.Parse(document.RootElement.GetRawText());
    }

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, CompositionSettings value, JsonSerializerOptions options) => writer.WriteRawValue(value.ToJson());
}
