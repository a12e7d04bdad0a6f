using System.CommandLine;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Recording.Media.Rtp;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;
using Recording.Model;
using Recording.Simulator.Verification;

namespace Recording.Cli.Commands;

/// <summary><c>recording inspect FILE</c>.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "A track file or a segment (.rtp)." };
        var command = new Command("inspect", "Show what a track file holds: header, formats, blocks, packets by SSRC, markers, damage. One JSON object.") { file };
        command.Runs((parsed, _) => Task.FromResult(Inspect(parsed, parsed.GetRequiredValue(file))));
        return command;
    }

    private static int Inspect(ParseResult parsed, string path)
    {
        if (!File.Exists(path))
        {
            throw new RecordingException(RecordingErrorCode.NotFound, $"there is no file {path}");
        }

        using FileStream stream = File.OpenRead(path);
        var reader = new TrackFileReader(stream);
        var inspection = new TrackInspection();
        while (reader.Read())
        {
            if (reader.Kind == TrackItemKind.Section)
            {
                inspection.Section(reader.Section!);
            }
            else if (reader.Kind == TrackItemKind.Block)
            {
                inspection.Block(reader.Header, reader.Payload.Span);
            }
            else if (reader.Kind == TrackItemKind.Footer)
            {
                inspection.HasFooter = true;
            }
        }

        parsed.WriteJson(inspection.Result(stream.Length, reader));
        return reader.DamageCount == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private sealed class TrackInspection
    {
        private readonly SortedDictionary<uint, SsrcCount> _ssrcs = [];
        private readonly SortedDictionary<string, int> _blocks = new(StringComparer.Ordinal);
        private readonly SortedDictionary<string, int> _markers = new(StringComparer.Ordinal);
        private readonly SortedSet<string> _epochs = new(StringComparer.Ordinal);
        private TrackHeader? _header;
        private int _sections;
        private long _packets;
        private long _bytes;
        private long _empty;
        private long _reports;
        private long? _firstUs;
        private long _lastUs;

        public bool HasFooter { get; set; }

        public void Section(TrackHeader header)
        {
            _header ??= header;
            _sections++;
        }

        public void Block(BlockHeader header, ReadOnlySpan<byte> payload)
        {
            string kind = header.Kind.ToString().ToLowerInvariant();
            _blocks[kind] = _blocks.GetValueOrDefault(kind) + 1;
            if (header.Kind == BlockKind.Marker)
            {
                string what = MarkerName(payload);
                _markers[what] = _markers.GetValueOrDefault(what) + 1;
            }

            if (header.Kind != BlockKind.Data)
            {
                return;
            }

            _epochs.Add($"{header.Epoch}");
            var entries = new DataPayloadReader(payload, header.BaseTimeUs);
            while (entries.Read())
            {
                Entry(entries.TimeUs, entries.Packet);
            }
        }

        public object Result(long length, TrackFileReader reader) => new
        {
            header = _header is null ? null : JsonNode.Parse(JsonFormatter.Default.Format(_header)),
            bytes = length,
            sections = _sections,
            blocks = _blocks,
            markers = _markers,
            epochs = _epochs,
            packets = _packets,
            rtp_bytes = _bytes,
            empty = _empty,
            sender_reports = _reports,
            first_time_us = _firstUs,
            last_time_us = _lastUs,
            ssrcs = _ssrcs.Select(pair => pair.Value.Result(pair.Key)),
            complete = HasFooter,
            damage_count = reader.DamageCount,
            damage = reader.Damage.Select(damage => DamagePlace.From(damage)),
        };

        private static string MarkerName(ReadOnlySpan<byte> payload)
        {
            try
            {
                return Marker.Parser.ParseFrom(payload).WhatCase.ToString().ToLowerInvariant();
            }
            catch (InvalidProtocolBufferException)
            {
                return "unreadable";
            }
        }

        private int ClockRate(byte payloadType) =>
            _header?.Format?.PayloadTypes.FirstOrDefault(format => format.Pt == payloadType) is { ClockRate: > 0 } known ? (int)known.ClockRate : 90_000;

        private void Entry(long timeUs, ReadOnlySpan<byte> packet)
        {
            if (packet.IsEmpty)
            {
                _empty++;
                return;
            }

            _firstUs ??= timeUs;
            _lastUs = timeUs;
            if (Rtcp.IsRtcp(packet))
            {
                _reports++;
                return;
            }

            _packets++;
            _bytes += packet.Length;
            if (!RtpPacket.TryParse(packet, out RtpPacket rtp, out _))
            {
                return;
            }

            if (!_ssrcs.TryGetValue(rtp.Ssrc, out SsrcCount? count))
            {
                _ssrcs.Add(rtp.Ssrc, count = new SsrcCount(ClockRate(rtp.PayloadType)));
            }

            count.Bytes += packet.Length;
            count.PayloadTypes.Add(rtp.PayloadType);
            count.Statistics.Add(rtp.SequenceNumber, rtp.Timestamp, timeUs);
        }
    }

    private sealed class SsrcCount(int clockRate)
    {
        public StreamStatistics Statistics { get; } = new(clockRate);

        public long Bytes { get; set; }

        public SortedSet<int> PayloadTypes { get; } = [];

        public object Result(uint ssrc) => new
        {
            ssrc,
            packets = Statistics.Received,
            bytes = Bytes,
            lost = Statistics.Lost,
            duplicates = Statistics.Duplicates,
            reordered = Statistics.Reordered,
            jitter_ms = Math.Round(Statistics.JitterMs, 3),
            payload_types = PayloadTypes,
        };
    }
}
