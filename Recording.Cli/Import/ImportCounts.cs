using System.Text.Json.Serialization;
using Recording.Media.Captures.Import;

namespace Recording.Cli.Import;

/// <summary>Datagrams and records by what they are.</summary>
public sealed record ImportCounts(
    [property: JsonPropertyName("rtp")] long Rtp,
    [property: JsonPropertyName("rtcp")] long Rtcp,
    [property: JsonPropertyName("stun")] long Stun,
    [property: JsonPropertyName("dtls")] long Dtls,
    [property: JsonPropertyName("other")] long Other,
    [property: JsonPropertyName("malformed")] long Malformed,
    [property: JsonPropertyName("not_udp")] long NotUdp,
    [property: JsonPropertyName("cut")] long Cut,
    [property: JsonPropertyName("incomplete_fragments")] long Incomplete,
    [property: JsonPropertyName("damaged")] long Damaged,
    [property: JsonPropertyName("beyond_limit")] long BeyondLimit)
{
    /// <summary>As the survey counted.</summary>
    public static ImportCounts From(CaptureCounts counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        return new ImportCounts(
            counts.Rtp, counts.Rtcp, counts.Stun, counts.Dtls, counts.Other, counts.Malformed, counts.NotUdp + counts.UnknownLinks, counts.Cut, counts.Incomplete, counts.Damaged, counts.BeyondLimit);
    }
}
