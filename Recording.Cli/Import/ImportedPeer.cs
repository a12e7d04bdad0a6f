using System.Text.Json.Serialization;

namespace Recording.Cli.Import;

/// <summary>A participant.</summary>
public sealed record ImportedPeer(
    [property: JsonPropertyName("peer_id")] string PeerId,
    [property: JsonPropertyName("cname")] string Cname,
    [property: JsonPropertyName("stream")] string Stream);
