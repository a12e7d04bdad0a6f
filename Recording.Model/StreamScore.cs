using System.Text.Json.Serialization;

namespace Recording.Model;

/// <summary>How well one stream of a producer reached the SFU.</summary>
public sealed record StreamScore
{
    /// <summary>As in the packets.</summary>
    [JsonPropertyName("ssrc")] public required uint Ssrc { get; init; }

    /// <summary>Simulcast layer.</summary>
    [JsonPropertyName("rid"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Rid { get; init; }

    /// <summary>0 (nothing arrives) to 10.</summary>
    [JsonPropertyName("score")] public required int Score { get; init; }
}
