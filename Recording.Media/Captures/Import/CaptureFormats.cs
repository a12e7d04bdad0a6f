using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Captures.Import;

/// <summary>What payload types of the captures mean: by the user's map first, then the SDPs, the file itself, and RFC 3551.</summary>
internal sealed class CaptureFormats
{
    private const string MidUri = "urn:ietf:params:rtp-hdrext:sdes:mid";
    private const string RidUri = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
    private const string RepairedRidUri = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";

    private readonly Dictionary<byte, PayloadFormat> _map = [];
    private readonly SdpMediaDescription[][] _sections;
    private readonly IReadOnlyList<CaptureSource> _captures;

    public CaptureFormats(IReadOnlyList<CaptureSource> captures, CaptureImportOptions options)
    {
        _captures = captures;
        _sections = [.. captures.Select(capture => capture.Sessions.SelectMany(session => session).Where(media => media.Kind is "audio" or "video").ToArray())];
        foreach (PayloadFormat format in options.Map)
        {
            _map[(byte)format.Pt] = format;
        }

        MidId = ExtensionId(MidUri);
        RidId = ExtensionId(RidUri);
        RepairedRidId = ExtensionId(RepairedRidUri);
    }

    /// <summary>Header extension that names the section; 0 = none.</summary>
    public int MidId { get; }

    /// <summary>Header extension that names the layer; 0 = none.</summary>
    public int RidId { get; }

    /// <summary>Header extension that names the repeated layer; 0 = none.</summary>
    public int RepairedRidId { get; }

    /// <summary>What packets of this type are for.</summary>
    public StreamRole RoleOf(int file, byte payloadType, StreamDescription? description)
    {
        PayloadFormat? format = _map.GetValueOrDefault(payloadType);
        foreach (SdpMediaDescription section in _sections[file])
        {
            format ??= section.PayloadTypes.FirstOrDefault(known => known.Pt == payloadType);
        }

        format ??= description is null ? Static(file, payloadType) : description.ToFormat(payloadType);
        return format?.Codec switch
        {
            null => StreamRole.Undescribed,
            "rtx" => StreamRole.Retransmission,
            "flexfec" or "flexfec-03" => StreamRole.Protection,
            _ => StreamRole.Media,
        };
    }

    /// <summary>Only RFC 3551 says what the type means, and nobody that it is used here.</summary>
    public bool IsAssumed(int file, byte payloadType) => !_map.ContainsKey(payloadType) && Static(file, payloadType) is not null;

    /// <summary>The section that a source belongs to: named by SSRC, by mid, or the first with its payload type, that of its port before others.</summary>
    public SdpMediaDescription? SectionOf(SurveyedSource source)
    {
        SdpMediaDescription[] sections = _sections[source.File];
        SdpMediaDescription[] candidates =
            [.. sections.Where(section => section.PayloadTypes.Any(format => source.PayloadTypes.ContainsKey((byte)format.Pt)))];
        return Array.Find(sections, section => section.Names(source.Ssrc))
            ?? Array.Find(candidates, section => section.Mid.Length > 0 && section.Mid == source.Mid)
            ?? Array.Find(candidates, section => section.Port > 9 && section.Port == source.Port)
            ?? candidates.FirstOrDefault();
    }

    /// <summary>The SDP that a section stands in.</summary>
    public IReadOnlyList<SdpMediaDescription> SessionOf(int file, SdpMediaDescription section) =>
        _captures[file].Sessions.First(session => session.Contains(section));

    /// <summary>Payload types and header extensions of a source; encodings are left empty.</summary>
    public TrackFormat FormatOf(SurveyedSource source, SdpMediaDescription? section, string kind)
    {
        var format = new TrackFormat();
        var types = new SortedDictionary<uint, PayloadFormat>();
        foreach (PayloadFormat known in section?.PayloadTypes ?? [])
        {
            types[known.Pt] = known;
        }

        foreach (PayloadFormat mapped in _map.Values.Where(mapped => section is null || types.ContainsKey(mapped.Pt) || source.PayloadTypes.ContainsKey((byte)mapped.Pt)))
        {
            if (KnownCodecs.KindOf(mapped.Codec, mapped.ClockRate) == kind || source.PayloadTypes.ContainsKey((byte)mapped.Pt))
            {
                types[mapped.Pt] = mapped;
            }
        }

        foreach (byte type in source.PayloadTypes.Keys.Where(type => !types.ContainsKey(type)))
        {
            if ((source.Description?.ToFormat(type) ?? Static(source.File, type)) is { } told)
            {
                types[type] = told;
            }
        }

        format.PayloadTypes.AddRange(types.Values.Select(type => type.Clone()));
        format.HeaderExtensions.AddRange((section?.Extensions ?? source.Description?.Extensions ?? []).Select(extension => extension.Clone()));
        return format;
    }

    private PayloadFormat? Static(int file, byte payloadType) => _sections[file].Length == 0 ? SdpParser.StaticType(payloadType) : null;

    private int ExtensionId(string uri) =>
        (int)(_sections.SelectMany(sections => sections).SelectMany(section => section.Extensions).FirstOrDefault(extension => extension.Uri == uri)?.Id ?? 0);
}
