using System.Text.Json.Serialization;

namespace Recording.Cli.Import;

/// <summary>A source that became no track.</summary>
public sealed record ImportLeftOut(
    [property: JsonPropertyName("ssrc")] uint Ssrc,
    [property: JsonPropertyName("payload_types")] IReadOnlyList<int> PayloadTypes,
    [property: JsonPropertyName("packets")] long Packets,
    [property: JsonPropertyName("reason")] string Reason);
