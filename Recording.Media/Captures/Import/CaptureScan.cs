using System.Buffers.Binary;
using System.Text;
using Recording.Media.Rtp;

namespace Recording.Media.Captures.Import;

/// <summary>The first pass over the captures: which sources there are, and what is told of them. Memory is bounded whatever the captures hold.</summary>
internal sealed class CaptureScan(IReadOnlyList<CaptureSource> captures, CaptureFormats formats)
{
    private const int MaxSources = 4096;

    // Each may need half a MiB.
    private const int MaxSequenceTables = 128;

    // A source that repeats another one shows it soon.
    private const int MaxCompared = 2000;
    private const int EnoughMatches = 50;

    // Header extensions that name section and layer are on the first packets only (19 to 100 were seen).
    private const int NamedPackets = 1000;

    private static readonly UTF8Encoding _strict = new(false, throwOnInvalidBytes: true);

    private readonly Dictionary<uint, SurveyedSource> _sources = [];
    private readonly List<SurveyedSource> _media = [];

    public CaptureCounts Counts { get; } = new();

    public List<string> Defects { get; } = [];

    public IReadOnlyCollection<SurveyedSource> Sources => _sources.Values;

    public Dictionary<uint, string> Cnames { get; } = [];

    /// <summary>A time that documents can hold.</summary>
    public static long TimeOf(CaptureReader reader) => Math.Clamp(reader.TimeUs, 0, CaptureTime.MaxMs * 1000);

    public void Run(CancellationToken cancellationToken)
    {
        for (int file = 0; file < captures.Count; file++)
        {
            using Stream stream = captures[file].Open();
            CaptureReader reader = CaptureReader.Open(stream, captures[file].SnapLength);
            while (reader.Read())
            {
                cancellationToken.ThrowIfCancellationRequested();
                Take(reader, file);
            }

            Counts.NotUdp += reader.NotUdp;
            Counts.Cut += reader.Cut;
            Counts.Incomplete += reader.IncompleteDatagrams;
            Counts.UnknownLinks += reader.UnknownLinks;
            Counts.Damaged += reader.Resyncs;
            if (reader.Defect is { } defect)
            {
                Defects.Add($"{captures[file].Name}: {defect}");
            }
        }
    }

    private void Take(CaptureReader reader, int file)
    {
        ReadOnlySpan<byte> payload = reader.Payload.Span;
        if (Rtcp.IsRtcp(payload))
        {
            Counts.Rtcp++;
            TakeNames(payload);
            return;
        }

        // RFC 7983: the first byte tells what shares a port with RTP.
        switch (payload.IsEmpty ? 255 : payload[0])
        {
            case <= 3 or (>= 64 and <= 79):
                Counts.Stun++;
                break;
            case >= 20 and <= 63:
                Counts.Dtls++;
                break;
            case >= 128 and <= 191 when !IsNameService(reader):
                if (RtpPacket.TryParse(payload, out RtpPacket packet, out _))
                {
                    Counts.Rtp++;
                    TakePacket(reader, file, packet);
                }
                else
                {
                    Counts.Malformed++;
                }

                break;
            default:
                Counts.Other++;
                break;
        }
    }

    // DNS begins with any two bytes, so half of a minute's look-ups look like RTP.
    private static bool IsNameService(CaptureReader reader) => reader.SourcePort is 53 or 5353 || reader.DestinationPort is 53 or 5353;

    private void TakeNames(ReadOnlySpan<byte> payload)
    {
        var compound = new RtcpCompound(payload);
        while (compound.Read())
        {
            if (compound.Cname.Length > 0 && Cnames.Count < MaxSources)
            {
                Cnames.TryAdd(compound.CnameSsrc, compound.Cname);
            }
        }
    }

    private void TakePacket(CaptureReader reader, int file, in RtpPacket packet)
    {
        if (!_sources.TryGetValue(packet.Ssrc, out SurveyedSource? source))
        {
            if (_sources.Count == MaxSources)
            {
                Counts.BeyondLimit++;
                return;
            }

            source = new SurveyedSource(packet.Ssrc, file) { Address = reader.SourceAddress, Port = reader.DestinationPort, Description = reader.Description };
            _sources.Add(packet.Ssrc, source);
        }

        long timeUs = TimeOf(reader);
        source.Packets++;
        source.FirstUs = Math.Min(source.FirstUs, timeUs);
        source.LastUs = Math.Max(source.LastUs, timeUs);
        source.PayloadTypes[packet.PayloadType] = source.PayloadTypes.GetValueOrDefault(packet.PayloadType) + 1;
        if (source.Packets <= NamedPackets)
        {
            TakeExtensions(source, packet);
        }

        StreamRole role = formats.RoleOf(source.File, packet.PayloadType, source.Description);
        if (role == StreamRole.Media)
        {
            if (source.Sequences is null && _media.Count < MaxSequenceTables)
            {
                source.Sequences = new SequenceTable();
                _media.Add(source);
            }

            source.Sequences?.Set(packet.SequenceNumber, packet.Timestamp);
        }
        else if (role is StreamRole.Retransmission or StreamRole.Undescribed)
        {
            Compare(source, packet);
        }
    }

    // RFC 4588, 4: the original sequence number stands first, the timestamp is the original one.
    private void Compare(SurveyedSource source, in RtpPacket packet)
    {
        if (source.Sequences is not null || packet.Payload.Length <= sizeof(ushort) || source.Compared >= MaxCompared || source.Repeats.Values.Sum() >= EnoughMatches)
        {
            return;
        }

        source.Compared++;
        ushort original = BinaryPrimitives.ReadUInt16BigEndian(packet.Payload);
        foreach (SurveyedSource media in _media)
        {
            if (media.Sequences!.Matches(original, packet.Timestamp))
            {
                source.Repeats[media.Ssrc] = source.Repeats.GetValueOrDefault(media.Ssrc) + 1;
            }
        }
    }

    private void TakeExtensions(SurveyedSource source, in RtpPacket packet)
    {
        source.Mid = Named(source.Mid, formats.MidId, packet);
        source.Rid = Named(source.Rid, formats.RidId, packet);
        source.RepairedRid = Named(source.RepairedRid, formats.RepairedRidId, packet);
    }

    private static string Named(string known, int id, in RtpPacket packet)
    {
        if (known.Length > 0 || id == 0 || !packet.TryGetExtension(id, out ReadOnlySpan<byte> value))
        {
            return known;
        }

        try
        {
            return _strict.GetString(value);
        }
        catch (DecoderFallbackException)
        {
            return known;
        }
    }
}
