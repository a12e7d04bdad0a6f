using System.Text.Json.Serialization;

namespace Recording.Cli.Export;

/// <summary>A file that an export wrote.</summary>
/// <param name="File">Its path.</param>
/// <param name="Packets">RTP packets in it; 0 for an SDP.</param>
/// <param name="Reports">Sender reports in it.</param>
/// <param name="TrackId">Whose, when it is one track's; else null.</param>
/// <param name="Ssrc">Which source, when it is one source's; else null.</param>
public sealed record ExportedFile(
    [property: JsonPropertyName("file")] string File,
    [property: JsonPropertyName("packets")] long Packets,
    [property: JsonPropertyName("sender_reports")] long Reports,
    [property: JsonPropertyName("track_id"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? TrackId = null,
    [property: JsonPropertyName("ssrc"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] uint? Ssrc = null);
