using System.Globalization;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Captures;

/// <summary>Reads the media sections of an SDP (RFC 8866). Lines that it does not know or that are malformed are passed over.</summary>
public static class SdpParser
{
    private const int MaxPayloadType = 127;

    // RFC 3551, 6: payload types that need no rtpmap.
    private static readonly Dictionary<int, (string Codec, uint ClockRate)> StaticTypes = new()
    {
        [0] = ("pcmu", 8000),
        [3] = ("gsm", 8000),
        [4] = ("g723", 8000),
        [8] = ("pcma", 8000),
        [9] = ("g722", 8000),
        [13] = ("cn", 8000),
        [18] = ("g729", 8000),
    };

    /// <summary>All <c>m=</c> sections in order; empty when there are none.</summary>
    public static IReadOnlyList<SdpMediaDescription> Parse(string sdp)
    {
        ArgumentNullException.ThrowIfNull(sdp);
        List<SdpMediaDescription> sections = [];
        Section? current = null;
        foreach (ReadOnlySpan<char> raw in sdp.AsSpan().EnumerateLines())
        {
            string line = raw.Trim().ToString();
            if (line.StartsWith("m=", StringComparison.Ordinal))
            {
                Close(current, sections);
                current = Section.Open(line[2..]);
            }
            else if (current is not null && line.StartsWith("a=", StringComparison.Ordinal))
            {
                int colon = line.IndexOf(':', StringComparison.Ordinal);
                current.Attribute(colon < 0 ? line[2..] : line[2..colon], colon < 0 ? "" : line[(colon + 1)..]);
            }
        }

        Close(current, sections);
        return sections;
    }

    /// <summary>A payload type that means the same without rtpmap (RFC 3551, 6); null = none of them.</summary>
    internal static PayloadFormat? StaticType(int payloadType) => StaticTypes.TryGetValue(payloadType, out (string Codec, uint ClockRate) known)
        ? new PayloadFormat { Pt = (uint)payloadType, Codec = known.Codec, ClockRate = known.ClockRate, Channels = 1 }
        : null;

    private static void Close(Section? section, List<SdpMediaDescription> sections)
    {
        if (section is not null)
        {
            sections.Add(section.Close());
        }
    }

    private static string[] Words(string text, int count = int.MaxValue) =>
        text.Split(' ', count, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static bool TryNumber(string text, out uint value) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private sealed class Section(SdpMediaDescription media, List<int> order)
    {
        private readonly Dictionary<int, PayloadFormat> _formats = [];
        private readonly Dictionary<uint, SdpSource> _sources = [];
        private readonly List<uint> _sourceOrder = [];
        private readonly List<SdpSourceGroup> _groups = [];
        private readonly List<ExtensionFormat> _extensions = [];
        private readonly List<string> _rids = [];

        public static Section? Open(string value)
        {
            string[] words = Words(value);
            if (words.Length < 3)
            {
                return null;
            }

            _ = TryNumber(words[1].Split('/')[0], out uint port);
            List<int> order = [];
            foreach (string word in words[3..])
            {
                if (TryNumber(word, out uint type) && type <= MaxPayloadType && !order.Contains((int)type))
                {
                    order.Add((int)type);
                }
            }

            return new Section(new SdpMediaDescription { Kind = words[0], Port = (int)Math.Min(port, ushort.MaxValue), Protocol = words[2] }, order);
        }

        public void Attribute(string name, string value)
        {
            switch (name)
            {
                case "rtpmap":
                    RtpMap(value);
                    break;
                case "fmtp":
                    FormatParameters(value);
                    break;
                case "ssrc":
                    Source(value);
                    break;
                case "ssrc-group":
                    Group(value);
                    break;
                case "extmap":
                    Extension(value);
                    break;
                case "rid" when Words(value) is [string rid, ..] && !_rids.Contains(rid):
                    _rids.Add(rid);
                    break;
                case "simulcast":
                    media.Simulcast = value;
                    break;
                case "msid":
                    media.Msid = value;
                    break;
                case "content":
                    media.Content = value;
                    break;
                case "mid":
                    media.Mid = value;
                    break;
                case "rtcp-mux":
                    media.RtcpMux = true;
                    break;
                case "rtcp" when Words(value) is [string port, ..] && TryNumber(port, out uint number) && number <= ushort.MaxValue:
                    media.RtcpPort = (int)number;
                    break;
                case "sendrecv" or "sendonly" or "recvonly" or "inactive":
                    media.Direction = name;
                    break;
                default:
                    break;
            }
        }

        public SdpMediaDescription Close()
        {
            foreach (int type in order)
            {
                if (!_formats.ContainsKey(type) && StaticType(type) is { } known)
                {
                    _formats[type] = known;
                }
            }

            media.PayloadTypes = [.. order.Where(_formats.ContainsKey).Select(type => _formats[type]).Where(format => format.Codec.Length > 0)];
            media.Extensions = _extensions;
            media.Sources = [.. _sourceOrder.Select(ssrc => _sources[ssrc])];
            media.SourceGroups = _groups;
            media.Rids = _rids;
            return media;
        }

        // a=rtpmap:<pt> <codec>/<clock>[/<channels>]
        private void RtpMap(string value)
        {
            if (Words(value) is not [string type, string encoding, ..] || FormatOf(type) is not PayloadFormat format)
            {
                return;
            }

            string[] parts = encoding.Split('/');
            if (parts.Length >= 2 && TryNumber(parts[1], out uint clockRate))
            {
                format.Codec = parts[0].ToLowerInvariant();
                format.ClockRate = clockRate;
                format.Channels = parts.Length >= 3 && TryNumber(parts[2], out uint channels) ? channels : media.Kind == "audio" ? 1u : 0u;
            }
        }

        // a=fmtp:<pt> <parameters>; apt names the payload type that RTX repeats (RFC 4588, 8.6).
        private void FormatParameters(string value)
        {
            if (Words(value, 2) is not [string type, string parameters] || FormatOf(type) is not PayloadFormat format)
            {
                return;
            }

            format.Fmtp = parameters;
            foreach (string parameter in parameters.Split(';', StringSplitOptions.TrimEntries))
            {
                if (parameter.StartsWith("apt=", StringComparison.OrdinalIgnoreCase) && TryNumber(parameter[4..], out uint apt) && apt <= MaxPayloadType)
                {
                    format.Apt = apt;
                }
            }
        }

        // a=ssrc:<ssrc> [<attribute>:<value>]
        private void Source(string value)
        {
            string[] words = Words(value, 2);
            if (words.Length == 0 || !TryNumber(words[0], out uint ssrc))
            {
                return;
            }

            if (!_sources.TryGetValue(ssrc, out SdpSource? source))
            {
                source = new SdpSource(ssrc, "", "");
                _sourceOrder.Add(ssrc);
            }

            string attribute = words.Length > 1 ? words[1] : "";
            if (attribute.StartsWith("cname:", StringComparison.Ordinal))
            {
                source = source with { Cname = attribute[6..] };
            }
            else if (attribute.StartsWith("msid:", StringComparison.Ordinal))
            {
                source = source with { Msid = attribute[5..] };
            }

            _sources[ssrc] = source;
        }

        private void Group(string value)
        {
            string[] words = Words(value);
            List<uint> ssrcs = [];
            foreach (string word in words.Skip(1))
            {
                if (TryNumber(word, out uint ssrc))
                {
                    ssrcs.Add(ssrc);
                }
            }

            if (ssrcs.Count > 0)
            {
                _groups.Add(new SdpSourceGroup(words[0], ssrcs));
            }
        }

        // a=extmap:<id>[/<direction>] <uri> [attributes]
        private void Extension(string value)
        {
            if (Words(value) is [string id, string uri, ..] && TryNumber(id.Split('/')[0], out uint number) && number is > 0 and < 256)
            {
                _extensions.Add(new ExtensionFormat { Id = number, Uri = uri });
            }
        }

        private PayloadFormat? FormatOf(string text)
        {
            if (!TryNumber(text, out uint type) || type > MaxPayloadType)
            {
                return null;
            }

            if (!_formats.TryGetValue((int)type, out PayloadFormat? format))
            {
                format = new PayloadFormat { Pt = type };
                _formats[(int)type] = format;
            }

            return format;
        }
    }
}
