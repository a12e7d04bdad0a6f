using System.Text.Json.Serialization;

namespace Recording.Cli.Import;

/// <summary>A track.</summary>
public sealed record ImportedTrack(
    [property: JsonPropertyName("track_id")] string TrackId,
    [property: JsonPropertyName("peer_id")] string PeerId,
    [property: JsonPropertyName("kind")] string Kind,
    [property: JsonPropertyName("codec")] string Codec,
    [property: JsonPropertyName("ssrcs")] IReadOnlyList<uint> Ssrcs,
    [property: JsonPropertyName("repair_ssrcs")] IReadOnlyList<uint> RepairSsrcs,
    [property: JsonPropertyName("packets")] long Packets,
    [property: JsonPropertyName("sender_reports")] long SenderReports,
    [property: JsonPropertyName("lost")] long Lost,
    [property: JsonPropertyName("file")] string File,
    [property: JsonPropertyName("sha256")] string Sha256);
