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

    /// <summary>The <c>a=simulcast</c> value (RFC 8853); empty when there is none.</summary>
    public string Simulcast { get; internal set; } = "";

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
