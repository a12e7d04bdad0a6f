using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Captures;

/// <summary>One <c>m=</c> section of an SDP (RFC 8866), as far as replaying and importing need it.</summary>
public sealed record SdpMediaDescription
{
    /// <summary>audio, video, application, ...</summary>
    public required string Kind { get; init; }

    /// <summary>Transport port; 0 = refused, 9 = none yet.</summary>
    public int Port { get; init; }

    /// <summary>UDP/TLS/RTP/SAVPF and the like.</summary>
    public string Protocol { get; init; } = "";

    /// <summary>Where RTCP goes; null when the SDP does not say.</summary>
    public int? RtcpPort { get; internal set; }

    /// <summary>RTP and RTCP share a port (RFC 5761).</summary>
    public bool RtcpMux { get; internal set; }

    /// <summary>Media id (RFC 5888); empty when there is none.</summary>
    public string Mid { get; internal set; } = "";

    /// <summary>Media stream and track id of the section (RFC 8830); empty when there is none.</summary>
    public string Msid { get; internal set; } = "";

    /// <summary>What the media shows (RFC 4796): slides is a shared screen; empty when not said.</summary>
    public string Content { get; internal set; } = "";

    /// <summary>sendrecv, sendonly, recvonly, inactive.</summary>
    public string Direction { get; internal set; } = "sendrecv";

    /// <summary>Payload types in the order of preference, with rtpmap, fmtp and apt resolved.</summary>
    public IReadOnlyList<PayloadFormat> PayloadTypes { get; internal set; } = [];

    /// <summary>Header extensions (RFC 8285).</summary>
    public IReadOnlyList<ExtensionFormat> Extensions { get; internal set; } = [];

    /// <summary>Sources named by <c>a=ssrc</c>, in order, each once.</summary>
    public IReadOnlyList<SdpSource> Sources { get; internal set; } = [];

    /// <summary>Source groups (RFC 5576): FID pairs media with RTX, SIM lists simulcast layers.</summary>
    public IReadOnlyList<SdpSourceGroup> SourceGroups { get; internal set; } = [];

    /// <summary>Stream ids of simulcast layers (RFC 8851), lowest first as listed.</summary>
    public IReadOnlyList<string> Rids { get; internal set; } = [];

    /// <summary>Several layers of one picture are sent, each as a source of its own.</summary>
    public bool IsSimulcast => Rids.Count > 1 || SourceGroups.Any(group => group.Semantics == "SIM");

    /// <summary>The <c>a=simulcast</c> value (RFC 8853); empty when there is none.</summary>
    public string Simulcast { get; internal set; } = "";

    /// <summary>Whether the section names the source, alone or in a group.</summary>
    public bool Names(uint ssrc) => Sources.Any(source => source.Ssrc == ssrc) || SourceGroups.Any(group => group.Ssrcs.Contains(ssrc));

    /// <summary>The source that repeats or protects another one by a group of two.</summary>
    /// <param name="semantics">FID for RTX, FEC-FR for FlexFEC.</param>
    /// <param name="ssrc">The media source, first in the group.</param>
    /// <returns>0 = the SDP names none.</returns>
    public uint PartnerOf(string semantics, uint ssrc) =>
        SourceGroups.FirstOrDefault(group => group.Semantics == semantics && group.Ssrcs.Count >= 2 && group.Ssrcs[0] == ssrc)?.Ssrcs[1] ?? 0;

    /// <summary>The same as a track file's format: one encoding a media source, with its RTX source and rid.</summary>
    public TrackFormat ToTrackFormat()
    {
        TrackFormat format = new();
        format.PayloadTypes.AddRange(PayloadTypes.Select(payload => payload.Clone()));
        format.HeaderExtensions.AddRange(Extensions.Select(extension => extension.Clone()));
        Dictionary<uint, uint> rtx = [];
        foreach (SdpSourceGroup group in SourceGroups.Where(group => group.Semantics == "FID" && group.Ssrcs.Count >= 2))
        {
            rtx.TryAdd(group.Ssrcs[0], group.Ssrcs[1]);
        }

        HashSet<uint> retransmissions = [.. rtx.Values];
        int layer = 0;
        foreach (SdpSource source in Sources.Where(source => !retransmissions.Contains(source.Ssrc)))
        {
            format.Encodings.Add(new EncodingFormat
            {
                Ssrc = source.Ssrc,
                RtxSsrc = rtx.GetValueOrDefault(source.Ssrc),
                Rid = layer < Rids.Count ? Rids[layer] : "",
            });
            layer++;
        }

        return format;
    }
}
