using System.Text;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Captures.Export;

/// <summary>Writes the SDP (RFC 8866) that describes exported tracks: ports, payload types, header extensions, sources and their groups (RFC 5576).</summary>
public static class SdpWriter
{
    private static readonly string[] _upperCase = ["vp8", "vp9", "h264", "h265", "av1", "pcmu", "pcma", "g722", "g729", "gsm", "cn", "h263"];

    /// <summary>One section a track.</summary>
    /// <param name="name">Session name; empty = none.</param>
    /// <param name="tracks">With their addresses.</param>
    public static string Write(string name, IEnumerable<(ExportTrack Track, ExportAddress Address)> tracks)
    {
        ArgumentNullException.ThrowIfNull(tracks);
        var sdp = new StringBuilder();
        Line(sdp, "v=0");
        Line(sdp, "o=- 0 0 IN IP4 127.0.0.1");
        Line(sdp, $"s={OneLine(name, "-")}");
        Line(sdp, $"c=IN IP4 {ExportAddress.Text(ExportAddress.Destination)}");
        Line(sdp, "t=0 0");
        foreach ((ExportTrack track, ExportAddress address) in tracks)
        {
            Section(sdp, track, address);
        }

        return sdp.ToString();
    }

    private static void Section(StringBuilder sdp, ExportTrack track, ExportAddress address)
    {
        PayloadFormat[] formats = [.. Formats(track)];
        Line(sdp, $"m={track.Kind} {address.Port} RTP/AVP {string.Join(' ', formats.Select(format => format.Pt))}");
        Line(sdp, $"a=rtcp:{address.Port + 1}");
        Line(sdp, "a=sendonly");
        if (track.Header.IsScreenshare)
        {
            Line(sdp, "a=content:slides");
        }

        foreach (PayloadFormat format in formats)
        {
            string codec = _upperCase.Contains(format.Codec, StringComparer.Ordinal) ? format.Codec.ToUpperInvariant() : OneLine(format.Codec, "x");
            Line(sdp, $"a=rtpmap:{format.Pt} {codec}/{format.ClockRate}{(format.Channels > 1 ? $"/{format.Channels}" : "")}");
            string fmtp = format.Fmtp.Length > 0 ? OneLine(format.Fmtp, "") : format.HasApt ? $"apt={format.Apt}" : "";
            if (fmtp.Length > 0)
            {
                Line(sdp, $"a=fmtp:{format.Pt} {fmtp}");
            }
        }

        foreach (ExtensionFormat extension in track.Extensions.Where(extension => extension is { Id: > 0 and < 256, Uri.Length: > 0 }))
        {
            Line(sdp, $"a=extmap:{extension.Id} {OneLine(extension.Uri, "x")}");
        }

        Sources(sdp, track);
    }

    private static void Sources(StringBuilder sdp, ExportTrack track)
    {
        EncodingFormat[] media = [.. track.Media];
        if (media.Length > 1 && media.All(encoding => encoding.Rid.Length > 0))
        {
            foreach (EncodingFormat encoding in media)
            {
                Line(sdp, $"a=rid:{OneLine(encoding.Rid, "x")} send");
            }

            Line(sdp, $"a=simulcast:send {string.Join(';', media.Select(encoding => OneLine(encoding.Rid, "x")))}");
        }

        foreach (EncodingFormat encoding in media.Where(encoding => encoding.RtxSsrc != 0 && track.Sources.Contains(encoding.RtxSsrc)))
        {
            Line(sdp, $"a=ssrc-group:FID {encoding.Ssrc} {encoding.RtxSsrc}");
        }

        string peer = Token(track.Header.PeerId, "peer");
        foreach (uint ssrc in track.Sources)
        {
            Line(sdp, $"a=ssrc:{ssrc} cname:{peer}");
            Line(sdp, $"a=ssrc:{ssrc} msid:{peer} {Token(track.Name, "track")}");
        }
    }

    // What no format of the file names is told by its kind, as readers of the file do.
    private static IEnumerable<PayloadFormat> Formats(ExportTrack track) =>
        track.PayloadTypes.Any() ? track.PayloadTypes : track.Media.Select(encoding => track.MainFormat(encoding.Ssrc)).OfType<PayloadFormat>().DistinctBy(format => format.Pt);

    private static string Token(string text, string otherwise) => OneLine(text, otherwise).Replace(' ', '_');

    private static string OneLine(string text, string otherwise)
    {
        string line = string.Concat(text.Where(character => !char.IsControl(character))).Trim();
        return line.Length > 0 ? line : otherwise;
    }

    // RFC 8866, 5: lines end with CRLF.
    private static void Line(StringBuilder sdp, string line) => sdp.Append(line).Append("\r\n");
}
