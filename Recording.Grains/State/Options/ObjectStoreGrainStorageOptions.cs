using System.Text.Json;
using System.Text.Json.Serialization;

namespace Recording.Grains.State.Options;

/// <summary>How grain state is kept in the object store.</summary>
public sealed class ObjectStoreGrainStorageOptions
{
    /// <summary>One read or write longer than this counts as an unavailable store (4001): an activation must not hang on it.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How state becomes JSON; enums are names so that a person can read a state object.</summary>
    public JsonSerializerOptions Json { get; set; } = new(JsonSerializerDefaults.General)
    {
        Converters = { new JsonStringEnumConverter() },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };
}
