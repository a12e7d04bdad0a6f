using System.Globalization;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;
using Recording.Model;

namespace Recording.Media.Captures.Import;

/// <summary>
/// Sorts the sources of captures into tracks: one for each media SSRC (or for all simulcast layers of a section), with the sources that repeat or
/// protect it, told by the SDP's groups, by layer names, by what the packets repeat, or by the payload type alone.
/// </summary>
public sealed class CaptureSurvey
{
    /// <summary>More tracks are refused.</summary>
    public const int MaxTracks = 256;

    private const uint ProbeSsrc = 1234;
    private const byte ProbePayloadType = 127;

    // A lone packet beside a stream of its payload type, or of a type that nobody named, is noise that looks like RTP.
    private const int ManyPackets = 10;

    private readonly CaptureFormats _formats;
    private readonly CaptureScan _scan;
    private readonly IReadOnlyList<CaptureSource> _captures;
    private readonly List<LeftOutStream> _leftOut = [];

    private CaptureSurvey(IReadOnlyList<CaptureSource> captures, CaptureImportOptions options)
    {
        _captures = captures;
        _formats = new CaptureFormats(captures, options);
        _scan = new CaptureScan(captures, _formats);
    }

    /// <summary>In order of their first packet.</summary>
    public IReadOnlyList<CapturedTrack> Tracks { get; private set; } = [];

    /// <summary>Sources that become no track.</summary>
    public IReadOnlyList<LeftOutStream> LeftOut => _leftOut;

    /// <summary>What the captures hold.</summary>
    public CaptureCounts Counts => _scan.Counts;

    /// <summary>Why captures could not be read to their end, as words for a person.</summary>
    public IReadOnlyList<string> Defects => _scan.Defects;

    /// <summary>Reads the captures once.</summary>
    /// <exception cref="RecordingException">1003: a file is no capture, or nothing in it can become a track; 3004: more than <see cref="MaxTracks"/> would.</exception>
    public static CaptureSurvey Run(IReadOnlyList<CaptureSource> captures, CaptureImportOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(captures);
        ArgumentNullException.ThrowIfNull(options);
        var survey = new CaptureSurvey(captures, options);
        survey._scan.Run(cancellationToken);
        survey.Sort(options.JoinLayers);
        return survey;
    }

    private void Sort(bool joinLayers)
    {
        List<Group> groups = Media(joinLayers);
        foreach (SurveyedSource source in _scan.Sources.Where(source => RoleOf(source) is StreamRole.Retransmission or StreamRole.Undescribed).OrderBy(source => source.FirstUs))
        {
            Retransmission(source, groups);
        }

        foreach (SurveyedSource source in _scan.Sources.Where(source => RoleOf(source) == StreamRole.Protection).OrderBy(source => source.FirstUs))
        {
            Protection(source, groups);
        }

        Tracks = [.. groups.Select(ToTrack)];
        if (Tracks.Count is 0 or > MaxTracks)
        {
            throw Tracks.Count == 0
                ? new RecordingException(RecordingErrorCode.ProtocolViolation, Nothing())
                : new RecordingException(RecordingErrorCode.TrackLimit, $"The captures would make {Tracks.Count} tracks, {MaxTracks} are allowed.");
        }
    }

    private List<Group> Media(bool joinLayers)
    {
        List<Group> groups = [];
        SurveyedSource[] media = [.. _scan.Sources.Where(source => RoleOf(source) == StreamRole.Media).OrderBy(source => source.FirstUs)];
        foreach (SurveyedSource source in media)
        {
            SdpMediaDescription? section = _formats.SectionOf(source);
            byte type = source.MainPayloadType(type => _formats.RoleOf(source.File, type, source.Description) == StreamRole.Media);
            bool isNamed = section?.Names(source.Ssrc) == true || source.Description is not null;
            if (!isNamed && source.Packets == 1 && Array.Exists(media, other => other.Packets >= ManyPackets && (other.PayloadTypes.ContainsKey(type) || _formats.IsAssumed(source.File, type))))
            {
                LeaveOut(source, "one packet that nothing names, beside streams of many");
                continue;
            }

            if (joinLayers && section?.IsSimulcast == true && groups.Find(group => group.Section == section) is { } layers)
            {
                layers.Add(source);
                continue;
            }

            string kind = section?.Kind ?? source.Description?.Kind ?? KindOf(source, type);
            groups.Add(new Group(source, section, kind, _formats.FormatOf(source, section, kind), type));
        }

        return groups;
    }

    private string KindOf(SurveyedSource source, byte type)
    {
        PayloadFormat format = _formats.FormatOf(source, null, "").PayloadTypes.First(known => known.Pt == type);
        return KnownCodecs.KindOf(format.Codec, format.ClockRate);
    }

    private void Retransmission(SurveyedSource source, List<Group> groups)
    {
        SdpMediaDescription? section = _formats.SectionOf(source);
        bool isDescribed = RoleOf(source) == StreamRole.Retransmission;
        (Group Group, SurveyedSource Media)[] media = [.. groups.SelectMany(group => group.Media.Select(of => (group, of)))];
        byte payloadType = source.MainPayloadType(_ => true);
        uint? repeated = isDescribed ? ByApt(source, payloadType) : null;
        (Group Group, SurveyedSource Media)[] alike = [.. media.Where(of => of.Group.Section == section && (repeated is null || of.Media.PayloadTypes.ContainsKey((byte)repeated)))];
        (Group Group, SurveyedSource Media) found = Array.Find(media, of => of.Group.Section?.PartnerOf("FID", of.Media.Ssrc) == source.Ssrc);
        if (found.Group is null && source.RepairedRid.Length > 0)
        {
            found = Array.Find(alike, of => of.Media.Rid == source.RepairedRid);
        }

        if (found.Group is null && source.Repeats.Count > 0)
        {
            uint most = source.Repeats.MaxBy(pair => pair.Value).Key;
            found = Array.Find(media, of => of.Media.Ssrc == most);
        }

        if (found.Group is null && isDescribed && alike.Length == 1)
        {
            found = alike[0];
        }

        if (found.Group is null)
        {
            LeaveOut(source, source switch
            {
                { Ssrc: ProbeSsrc } when payloadType == ProbePayloadType => "an SFU's bandwidth probes",
                _ when isDescribed => "retransmissions of which stream cannot be told",
                _ => "its payload types are described by no SDP and no map",
            });
            return;
        }

        found.Group.AddRetransmission(source, found.Media, payloadType);
    }

    private uint? ByApt(SurveyedSource source, byte payloadType) =>
        _formats.FormatOf(source, _formats.SectionOf(source), "").PayloadTypes.FirstOrDefault(format => format.Pt == payloadType) is { HasApt: true } format ? format.Apt : null;

    private void Protection(SurveyedSource source, List<Group> groups)
    {
        SdpMediaDescription? section = _formats.SectionOf(source);
        Group[] alike = [.. groups.Where(group => group.Section == section)];
        Group? found = Array.Find(alike, group => group.Media.Any(media => section?.PartnerOf("FEC-FR", media.Ssrc) == source.Ssrc)) ?? (alike.Length == 1 ? alike[0] : null);
        if (found is null)
        {
            LeaveOut(source, "error correction of which stream cannot be told");
            return;
        }

        found.Repair.Add(source);
    }

    private CapturedTrack ToTrack(Group group)
    {
        SurveyedSource first = group.Media[0];
        (string owner, string cname, string stream) = OwnerOf(first, group.Section);
        return new CapturedTrack
        {
            Kind = group.Kind,
            Codec = group.MediaCodec(),
            IsScreenshare = group.Kind == "video" && group.Section?.Content.Contains("slides", StringComparison.Ordinal) == true,
            Owner = owner,
            Cname = cname,
            Stream = stream,
            Label = first.Description?.Label ?? "",
            IsEncrypted = first.Description?.IsEncrypted == true,
            Format = group.Format,
            Ssrcs = [.. group.Media.Select(media => media.Ssrc)],
            RepairSsrcs = [.. group.Repair.Select(repair => repair.Ssrc)],
            FirstUs = group.Media.Min(media => media.FirstUs),
            LastUs = group.Media.Max(media => media.LastUs),
        };
    }

    // Who sends: by what the SDP says of the source, else of its section; browsers put all of a peer's tracks in one SDP, SFUs name each peer.
    private (string Owner, string Cname, string Stream) OwnerOf(SurveyedSource source, SdpMediaDescription? section)
    {
        SdpSource? named = section?.Sources.FirstOrDefault(known => known.Ssrc == source.Ssrc);
        string cname = named?.Cname ?? "";
        string stream = StreamId(named?.Msid is { Length: > 0 } msid ? msid : section?.Msid ?? "");
        string heard = Heard(source);
        if (section is not null)
        {
            IReadOnlyList<SdpMediaDescription> session = _formats.SessionOf(source.File, section);
            string[] names = [.. session.SelectMany(media => media.Sources).Select(known => known.Cname).Where(name => name.Length > 0).Distinct(StringComparer.Ordinal)];
            if (cname.Length == 0 && stream.Length > 0)
            {
                cname = session.SelectMany(media => media.Sources).FirstOrDefault(known => known.Cname.Length > 0 && StreamId(known.Msid) == stream)?.Cname ?? "";
            }

            if (cname.Length == 0 && stream.Length == 0 && names.Length <= 1)
            {
                cname = names.FirstOrDefault("");
                return (cname.Length > 0 ? $"cname {cname}" : $"session {source.File} {_captures[source.File].Sessions.ToList().IndexOf(session)}", cname, stream);
            }
        }

        string owner = (cname, stream, heard, source.Description) switch
        {
            ({ Length: > 0 }, _, _, _) => $"cname {cname}",
            (_, { Length: > 0 }, _, _) => $"stream {stream}",
            (_, _, { Length: > 0 }, _) => $"cname {heard}",
            (_, _, _, not null) => $"file {CaptureName.WithoutKind(_captures[source.File].Name)}",
            _ => string.Create(CultureInfo.InvariantCulture, $"address {source.Address:x}"),
        };
        return (owner, cname.Length > 0 ? cname : heard, stream);
    }

    // Browsers send no name with simulcast layers; what else came from their address has one.
    private string Heard(SurveyedSource source)
    {
        if (_scan.Cnames.TryGetValue(source.Ssrc, out string? own))
        {
            return own;
        }

        string[] beside = [.. _scan.Sources.Where(other => other.File == source.File && other.Address == source.Address)
            .Select(other => _scan.Cnames.GetValueOrDefault(other.Ssrc, "")).Where(name => name.Length > 0).Distinct(StringComparer.Ordinal).Take(2)];
        return beside.Length == 1 ? beside[0] : "";
    }

    private static string StreamId(string msid) => msid.Split(' ')[0] is var id && id == "-" ? "" : id;

    private StreamRole RoleOf(SurveyedSource source)
    {
        StreamRole role = StreamRole.Undescribed;
        foreach (byte type in source.PayloadTypes.Keys)
        {
            switch (_formats.RoleOf(source.File, type, source.Description))
            {
                case StreamRole.Media:
                    return StreamRole.Media;
                case StreamRole.Undescribed:
                    break;
                case var other:
                    role = other;
                    break;
            }
        }

        return role;
    }

    private void LeaveOut(SurveyedSource source, string reason) => _leftOut.Add(new LeftOutStream(source.Ssrc, [.. source.PayloadTypes.Keys], source.Packets, reason));

    private string Nothing()
    {
        if (_leftOut.Count > 0)
        {
            IEnumerable<string> found = _leftOut.OrderByDescending(stream => stream.Packets).Take(5)
                .Select(stream => string.Create(CultureInfo.InvariantCulture, $"payload type {string.Join(", ", stream.PayloadTypes)} of SSRC {stream.Ssrc} ({stream.Packets} packets): {stream.Reason}"));
            return $"Nothing in the capture is described. Give --sdp FILE or --map pt=codec/clock. Found: {string.Join("; ", found)}.";
        }

        return (_scan.Defects.FirstOrDefault(), Counts) switch
        {
            ({ } defect, _) => $"The capture holds no RTP packet: {defect}",
            (_, { Cut: > 0 }) => $"The capture holds no whole RTP packet: {Counts.Cut} records were cut when they were captured (snap length). Capture again with full packets (tcpdump -s 0).",
            (_, { UnknownLinks: > 0 }) => "The capture holds no frame of a link type that can be read (Ethernet, Linux cooked, loopback, raw IP).",
            (_, { Dtls: > 0 }) => "The capture holds DTLS and no RTP that can be read: media behind DTLS-SRTP is encrypted, and has to be captured where it is decrypted.",
            _ => "The capture holds no RTP packet.",
        };
    }

    /// <summary>A track in the making.</summary>
    private sealed class Group
    {
        private readonly byte _mainType;

        public Group(SurveyedSource source, SdpMediaDescription? section, string kind, TrackFormat format, byte mainType)
        {
            Section = section;
            Kind = kind;
            Format = format;
            _mainType = mainType;
            Add(source);
        }

        public SdpMediaDescription? Section { get; }

        public string Kind { get; }

        public TrackFormat Format { get; }

        public List<SurveyedSource> Media { get; } = [];

        public List<SurveyedSource> Repair { get; } = [];

        public void Add(SurveyedSource source)
        {
            Media.Add(source);
            Format.Encodings.Add(new EncodingFormat { Ssrc = source.Ssrc, Rid = source.Rid });
        }

        public void AddRetransmission(SurveyedSource source, SurveyedSource media, byte payloadType)
        {
            Repair.Add(source);
            EncodingFormat encoding = Format.Encodings.First(known => known.Ssrc == media.Ssrc);
            encoding.RtxSsrc = encoding.RtxSsrc == 0 ? source.Ssrc : encoding.RtxSsrc;
            PayloadFormat original = Format.PayloadTypes.First(known => known.Pt == _mainType);
            PayloadFormat? format = Format.PayloadTypes.FirstOrDefault(known => known.Pt == payloadType);
            if (format is null)
            {
                format = new PayloadFormat { Pt = payloadType, Codec = "rtx", ClockRate = original.ClockRate };
                Format.PayloadTypes.Add(format);
            }

            if (!format.HasApt)
            {
                format.Apt = original.Pt;
                format.Fmtp = $"apt={original.Pt}";
            }
        }

        public string MediaCodec()
        {
            PayloadFormat main = Format.PayloadTypes.First(known => known.Pt == _mainType);
            if (main.Codec != "red")
            {
                return main.Codec;
            }

            // fmtp of RED lists the payload types inside (RFC 2198, 5).
            uint inner = uint.TryParse(main.Fmtp.Split('/')[0], NumberStyles.None, CultureInfo.InvariantCulture, out uint type) ? type : main.Pt;
            return (Format.PayloadTypes.FirstOrDefault(known => known.Pt == inner && known.Codec != "red")
                ?? Format.PayloadTypes.FirstOrDefault(known => PayloadFormats.IsMedia(known.Codec) && known.Codec is not ("red" or "ulpfec" or "cn" or "telephone-event")))?.Codec ?? "red";
        }
    }
}
