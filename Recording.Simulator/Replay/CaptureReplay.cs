using System.Buffers.Binary;
using Recording.Media.Captures;
using Recording.Media.Rtp;
using Recording.Media.TrackFiles.Wire;
using Recording.Model;
using Wire = Recording.Protocol.Sfu;

namespace Recording.Simulator.Replay;

/// <summary>Sorts the packets of a capture into producers, by the SDP that was spoken with it: one for each group of SSRCs (RFC 5576), RTX included.</summary>
public static class CaptureReplay
{
    private const byte SenderReportType = 200;

    /// <summary>The streams of a capture (pcap, pcapng, rtpdump, MJR, BRTP), in order of their first packet.</summary>
    /// <exception cref="RecordingException">4004: a file is missing; 1003: not a capture, or nothing in it that the SDP describes.</exception>
    public static IReadOnlyList<ReplayStream> Read(string capture, string sdp)
    {
        foreach (string path in (string[])[capture, sdp])
        {
            if (!File.Exists(path))
            {
                throw new RecordingException(RecordingErrorCode.NotFound, $"there is no file {path}");
            }
        }

        using FileStream stream = File.OpenRead(capture);
        return Read(stream, File.ReadAllText(sdp));
    }

    /// <summary>As <see cref="Read(string, string)"/>, from an open capture and the text of an SDP.</summary>
    public static IReadOnlyList<ReplayStream> Read(Stream capture, string sdp)
    {
        Section[] sections = [.. SdpParser.Parse(sdp).Where(media => media.Kind is "audio" or "video").Select(media => new Section(media))];
        CaptureReader reader = CaptureReader.Open(capture);
        var groups = new Dictionary<uint, Group>();
        var order = new List<Group>();
        var early = new List<(uint Ssrc, ReplayPacket Report)>();
        long? startUs = null;
        while (reader.Read())
        {
            startUs ??= reader.TimeUs;
            long timeUs = reader.TimeUs - startUs.Value;
            ReadOnlySpan<byte> payload = reader.Payload.Span;
            if (Rtcp.IsRtcp(payload))
            {
                TakeReport(payload, timeUs, groups, early);
            }
            else if (RtpPacket.TryParse(payload, out RtpPacket packet, out _)
                && (groups.TryGetValue(packet.Ssrc, out Group? group) || TryJoin(sections, packet.Ssrc, packet.PayloadType, groups, order, out group)))
            {
                group!.Packets.Add(new ReplayPacket(timeUs, payload.ToArray(), IsSenderReport: false));
            }
        }

        // A report may come before its stream's first packet that could be placed.
        foreach ((uint ssrc, ReplayPacket report) in early)
        {
            if (groups.TryGetValue(ssrc, out Group? group))
            {
                group.Packets.Add(report);
            }
        }

        ReplayStream[] streams = [.. order.Where(group => group.Media.Count > 0).Select(group => group.ToStream())];
        return streams.Length > 0
            ? streams
            : throw new RecordingException(RecordingErrorCode.ProtocolViolation, "the capture holds no packet of a payload type that the SDP names");
    }

    private static void TakeReport(ReadOnlySpan<byte> compound, long timeUs, Dictionary<uint, Group> groups, List<(uint Ssrc, ReplayPacket Report)> early)
    {
        if (compound.Length < SenderReport.Length || compound[1] != SenderReportType)
        {
            return;
        }

        // Rebuilt without report blocks: those are the sender's view of what it receives.
        byte[] report = compound[..SenderReport.Length].ToArray();
        report[0] = 0x80;
        BinaryPrimitives.WriteUInt16BigEndian(report.AsSpan(2), (SenderReport.Length / 4) - 1);
        uint ssrc = BinaryPrimitives.ReadUInt32BigEndian(report.AsSpan(4));
        var packet = new ReplayPacket(timeUs, report, IsSenderReport: true);
        if (groups.TryGetValue(ssrc, out Group? group))
        {
            group.Packets.Add(packet);
        }
        else
        {
            early.Add((ssrc, packet));
        }
    }

    private static bool TryJoin(Section[] sections, uint ssrc, byte payloadType, Dictionary<uint, Group> groups, List<Group> order, out Group? joined)
    {
        joined = null;
        Section? section = Array.Find(sections, s => s.Names(ssrc)) ?? Array.Find(sections, s => s.Format(payloadType) is not null);
        if (section?.Format(payloadType) is not { } format)
        {
            return false;
        }

        bool isRtx = format.Codec == "rtx";
        joined = order.Find(group => group.Section == section && (section.Grouped(ssrc, group.Ssrcs) || section.IsSimulcast || (isRtx && !section.Names(ssrc))));
        if (joined is null)
        {
            joined = new Group(section);
            order.Add(joined);
        }

        joined.Add(ssrc, payloadType, isRtx);
        groups.Add(ssrc, joined);
        return true;
    }

    /// <summary>A section of the SDP.</summary>
    private sealed class Section(SdpMediaDescription media)
    {
        public SdpMediaDescription Media => media;

        public bool IsSimulcast => media.Rids.Count > 1 || media.SourceGroups.Any(group => group.Semantics == "SIM");

        public PayloadFormat? Format(byte payloadType) => media.PayloadTypes.FirstOrDefault(format => format.Pt == payloadType);

        public bool Names(uint ssrc) => media.Sources.Any(source => source.Ssrc == ssrc) || media.SourceGroups.Any(group => group.Ssrcs.Contains(ssrc));

        public bool Grouped(uint ssrc, IReadOnlyCollection<uint> with) => media.SourceGroups.Any(group => group.Ssrcs.Contains(ssrc) && group.Ssrcs.Any(with.Contains));

        public uint RtxOf(uint ssrc) => media.SourceGroups.FirstOrDefault(group => group.Semantics == "FID" && group.Ssrcs.Count >= 2 && group.Ssrcs[0] == ssrc)?.Ssrcs[1] ?? 0;
    }

    /// <summary>SSRCs that belong together, and their packets.</summary>
    private sealed class Group(Section section)
    {
        public Section Section => section;

        public HashSet<uint> Ssrcs { get; } = [];

        public List<(uint Ssrc, byte PayloadType)> Media { get; } = [];

        public List<uint> Retransmissions { get; } = [];

        public List<ReplayPacket> Packets { get; } = [];

        public void Add(uint ssrc, byte payloadType, bool isRtx)
        {
            Ssrcs.Add(ssrc);
            if (isRtx)
            {
                Retransmissions.Add(ssrc);
            }
            else
            {
                Media.Add((ssrc, payloadType));
            }
        }

        public ReplayStream ToStream()
        {
            PayloadFormat main = section.Format(Media[0].PayloadType)!;
            var stream = new ReplayStream
            {
                Kind = section.Media.Kind,
                Codec = main.Codec,
                ClockRate = (int)main.ClockRate,
                Channels = section.Media.Kind == "audio" ? Math.Max(1, (int)main.Channels) : 0,
                PayloadType = (int)main.Pt,
                PayloadTypes = [.. section.Media.PayloadTypes.Select(PayloadType)],
                HeaderExtensions = [.. section.Media.Extensions.Select(extension => new Wire.HeaderExtension { Id = extension.Id, Uri = extension.Uri })],
                Encodings = [.. Media.Select(source => new Wire.Encoding { Ssrc = source.Ssrc, RtxSsrc = Rtx(source.Ssrc), ProducerSsrc = source.Ssrc })],
                Packets = [.. Packets.OrderBy(packet => packet.TimeUs)],
            };
            return stream;
        }

        private uint Rtx(uint ssrc) => section.RtxOf(ssrc) is var named and not 0 ? named : Media.Count == 1 ? Retransmissions.FirstOrDefault() : 0;

        private static Wire.PayloadType PayloadType(PayloadFormat format)
        {
            var wire = new Wire.PayloadType { Pt = format.Pt, Codec = format.Codec, ClockRate = format.ClockRate, Channels = format.Channels, Fmtp = format.Fmtp };
            if (format.HasApt)
            {
                wire.Apt = format.Apt;
            }

            return wire;
        }
    }
}
