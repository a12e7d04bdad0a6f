using System.Buffers.Binary;
using Google.Protobuf;
using Recording.Media.Rtp;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Playback;

/// <summary>
/// Plays a track file in one pass and bounded memory: media packets in order and once, RTX (RFC 4588) and RED (RFC 2198) resolved, padding and probes
/// left out; sender reports, markers and format changes between them as they stand in the file. Two runs over the same file give the same items
/// with the same clock segments. Never throws on what it reads. Not thread-safe; does not own the stream.
/// </summary>
public sealed class TrackPlayback
{
    private const uint ProbeSsrc = 1234;
    private const byte ProbePayloadType = 127;
    private const int RtxHeaderLength = 2;
    private const int DependencyHeaderLength = 3;

    private readonly TrackFileReader _reader;
    private readonly SourceTable _sources;
    private readonly FormatTable _formats = new();
    private readonly Queue<(PlaybackItem Item, Marker? Marker)> _held = new();
    private PacketSlot? _current;
    private PlaybackSource? _currentSource;
    private ReadOnlyMemory<byte> _payload;
    private int _payloadOffset;
    private long _entryTimeUs;
    private bool _ended;

    /// <param name="trackFile">A track file or a segment; need not be seekable.</param>
    /// <param name="options">Null = defaults.</param>
    public TrackPlayback(Stream trackFile, PlaybackOptions? options = null)
    {
        _reader = new TrackFileReader(trackFile);
        _sources = new SourceTable(options ?? new PlaybackOptions(), Counters);
    }

    /// <summary>What the playback stands on.</summary>
    public PlaybackItem Item { get; private set; }

    /// <summary>The media packet; its payload is valid until the next read.</summary>
    public MediaPacket Packet => new()
    {
        Ssrc = _currentSource!.Order.Ssrc,
        PayloadType = (byte)_current!.Format!.Pt,
        SequenceNumber = _current.SequenceNumber,
        Timestamp = _current.Timestamp,
        Marker = _current.Marker,
        ArrivalUs = _current.ArrivalUs,
        LostBefore = _current.LostBefore,
        StartsSource = _current.StartsSource,
        ClockSegment = _currentSource.Segment,
        Orientation = _current.Orientation,
        FrameNumber = _current.FrameNumber,
        Payload = _current.Payload,
    };

    /// <summary>Codec, clock rate and parameters of the media packet.</summary>
    public PayloadFormat PacketFormat => _current!.Format!;

    /// <summary>See <see cref="MediaPacket.Timestamp"/>: for who needs no more of the packet.</summary>
    internal long Timestamp => _current!.Timestamp;

    /// <summary>See <see cref="MediaPacket.ArrivalUs"/>.</summary>
    internal long ArrivalUs => _current!.ArrivalUs;

    /// <summary>See <see cref="MediaPacket.ClockSegment"/>.</summary>
    internal int ClockSegment => _currentSource!.Segment;

    /// <summary>The packet came in its turn: its arrival time tells the clock.</summary>
    public bool IsOnTime => _current!.IsOnTime;

    /// <summary>Epoch of the packet or sender report.</summary>
    public ulong Epoch { get; private set; }

    /// <summary>The sender report.</summary>
    public SenderReport Report { get; private set; }

    /// <summary>Arrival of the sender report, µs since 1970, SFU clock.</summary>
    public long ReportArrivalUs { get; private set; }

    /// <summary>The marker; a clock marker belongs to <see cref="MarkerEpoch"/>.</summary>
    public Marker? Marker { get; private set; }

    /// <summary>Epoch of the marker's block.</summary>
    public ulong MarkerEpoch { get; private set; }

    /// <summary>The newest section's header; null before the first.</summary>
    public TrackHeader? Header => _reader.Section;

    /// <summary>The format that holds here; null before the first section.</summary>
    public TrackFormat? Format => _formats.Current;

    /// <summary>The format names no payload type: Opus or VP8 is assumed by the track's kind.</summary>
    public bool IsGuessing => _formats.IsGuessing;

    /// <summary>What was met so far.</summary>
    public PlaybackCounters Counters { get; } = new();

    /// <summary>Damaged stretches of the file that were skipped.</summary>
    public long DamageCount => _reader.DamageCount;

    /// <summary>Packets of the source wait behind a hole: it is late, not silent.</summary>
    public bool IsWaiting(uint ssrc) => _sources.IsWaiting(ssrc);

    /// <summary>Moves to the next item; false at the end of the file.</summary>
    public bool Read()
    {
        Leave();
        while (true)
        {
            if (TryDrain())
            {
                return true;
            }

            if (_held.TryDequeue(out (PlaybackItem Item, Marker? Marker) held))
            {
                (Item, Marker) = held;
                return true;
            }

            if (_payloadOffset < _payload.Length)
            {
                if (ReadEntry())
                {
                    return true;
                }
            }
            else if (!ReadBlock())
            {
                if (_ended)
                {
                    return false;
                }

                _ended = true;
                _sources.End();
            }
        }
    }

    private void Leave()
    {
        Item = PlaybackItem.None;
        Marker = null;
        if (_current is not null)
        {
            _sources.Return(_current);
            _current = null;
        }
    }

    private bool TryDrain()
    {
        if (!_sources.TryTake(out PlaybackSource? source, out PacketSlot? slot))
        {
            return false;
        }

        _current = slot;
        _currentSource = source;
        Epoch = slot.Epoch;
        Item = PlaybackItem.Packet;
        Counters.Packets++;
        return true;
    }

    private bool ReadBlock()
    {
        if (!_reader.Read())
        {
            return false;
        }

        if (_reader.Kind == TrackItemKind.Section || (_reader.Kind == TrackItemKind.Block && _reader.Header.Kind == BlockKind.Format))
        {
            _formats.Use(_reader.Format ?? new TrackFormat(), _reader.Section?.Kind ?? "");
            _held.Enqueue((PlaybackItem.Format, null));
        }
        else if (_reader.Kind == TrackItemKind.Block && _reader.Header.Kind == BlockKind.Data)
        {
            _payload = _reader.Payload;
            _payloadOffset = 0;
            _entryTimeUs = _reader.Header.BaseTimeUs;
        }
        else if (_reader.Kind == TrackItemKind.Block && _reader.Header.Kind == BlockKind.Marker && TryParseMarker(_reader.Payload.Span, out Marker? marker))
        {
            MarkerEpoch = _reader.Header.Epoch;
            if (marker!.WhatCase == Marker.WhatOneofCase.Pause)
            {
                // What is missing here was not kept on purpose and will not come.
                _sources.FlushAll();
            }

            _held.Enqueue((PlaybackItem.Marker, marker));
        }

        return true;
    }

    private static bool TryParseMarker(ReadOnlySpan<byte> payload, out Marker? marker)
    {
        try
        {
            marker = Marker.Parser.ParseFrom(payload);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            // The checksum held, so it is a marker of a later version: it is passed over like an unknown block.
            marker = null;
            return false;
        }
    }

    // One entry; true when it is an item by itself (a sender report).
    private bool ReadEntry()
    {
        DataPayloadReader entries = new(_payload.Span[_payloadOffset..], _entryTimeUs);
        if (!entries.Read())
        {
            _payloadOffset = _payload.Length;
            return false;
        }

        _payloadOffset += entries.Offset;
        _entryTimeUs = entries.TimeUs;
        ulong epoch = _reader.Header.Epoch;
        ReadOnlySpan<byte> data = entries.Packet;
        if (data.IsEmpty)
        {
            return false;
        }

        if (Rtcp.IsRtcp(data))
        {
            if (!SenderReport.TryParse(data, out SenderReport report))
            {
                return false;
            }

            Counters.SenderReports++;
            Report = report;
            ReportArrivalUs = _entryTimeUs;
            Epoch = epoch;
            Item = PlaybackItem.SenderReport;
            return true;
        }

        if (!RtpPacket.TryParse(data, out RtpPacket packet, out _))
        {
            Counters.Malformed++;
            return false;
        }

        Take(packet, epoch);
        return false;
    }

    private void Take(in RtpPacket packet, ulong epoch)
    {
        if (packet.Ssrc == ProbeSsrc && packet.PayloadType == ProbePayloadType)
        {
            Counters.Probes++;
            return;
        }

        PayloadFormat? format = _formats.Of(packet.PayloadType);
        PayloadRole role = format is null ? PayloadRole.None : _formats.RoleOf(packet.PayloadType);
        if (role == PayloadRole.Retransmission)
        {
            TakeRetransmission(packet, format!, epoch);
            return;
        }

        bool hasMedia = role != PayloadRole.None;
        if (packet.Payload.IsEmpty)
        {
            Counters.PaddingOnly++;
        }
        else if (!hasMedia)
        {
            Counters.OtherPayloads++;
        }

        if (!hasMedia && !_sources.Contains(packet.Ssrc))
        {
            return;
        }

        if (role == PayloadRole.Redundancy && !packet.Payload.IsEmpty)
        {
            TakeRedundant(packet, epoch);
            return;
        }

        ReadExtensions(packet, out VideoOrientation? orientation, out ushort? frameNumber);
        _sources.Offer(packet.Ssrc, new IncomingPacket
        {
            SequenceNumber = packet.SequenceNumber,
            Timestamp = packet.Timestamp,
            ArrivalUs = _entryTimeUs,
            Epoch = epoch,
            Marker = packet.Marker,
            Format = hasMedia && !packet.Payload.IsEmpty ? format : null,
            Orientation = orientation,
            FrameNumber = frameNumber,
            Payload = packet.Payload,
        });
    }

    // RFC 4588, 4: the first two bytes of the payload are the original sequence number, the timestamp is the original one.
    private void TakeRetransmission(in RtpPacket packet, PayloadFormat format, ulong epoch)
    {
        PayloadFormat? original = _formats.OriginalOf(format);
        if (packet.Payload.Length <= RtxHeaderLength || original is null)
        {
            Counters.PaddingOnly++;
            return;
        }

        if (!_formats.TryGetMediaSource(packet.Ssrc, out uint ssrc) && !_sources.TryGetOnly(out ssrc))
        {
            return;
        }

        ReadExtensions(packet, out VideoOrientation? orientation, out ushort? frameNumber);
        _sources.OfferRetransmission(ssrc, new IncomingPacket
        {
            SequenceNumber = BinaryPrimitives.ReadUInt16BigEndian(packet.Payload),
            Timestamp = packet.Timestamp,
            ArrivalUs = _entryTimeUs,
            Epoch = epoch,
            Marker = packet.Marker,
            Format = original,
            IsRetransmission = true,
            Orientation = orientation,
            FrameNumber = frameNumber,
            Payload = packet.Payload[RtxHeaderLength..],
        });
    }

    private void ReadExtensions(in RtpPacket packet, out VideoOrientation? orientation, out ushort? frameNumber)
    {
        orientation = null;
        frameNumber = null;
        if (!packet.HasExtension || (_formats.OrientationId | _formats.DependencyId) == 0)
        {
            return;
        }

        foreach (RtpExtension extension in packet.Extensions)
        {
            if (extension.Id == _formats.OrientationId && extension.Value.Length == 1)
            {
                orientation = VideoOrientation.Parse(extension.Value[0]);
            }
            else if (extension.Id == _formats.DependencyId && extension.Value.Length >= DependencyHeaderLength)
            {
                frameNumber = BinaryPrimitives.ReadUInt16BigEndian(extension.Value[1..]);
            }
        }
    }

    private void TakeRedundant(in RtpPacket packet, ulong epoch)
    {
        RedPayload red = new(packet.Payload);
        int older = red.Count;
        while (red.Read())
        {
            PayloadFormat? format = _formats.Of(red.PayloadType);
            bool hasMedia = format is not null && _formats.RoleOf(red.PayloadType) == PayloadRole.Media && !red.Block.IsEmpty;
            if (!red.IsPrimary && !hasMedia)
            {
                older--;
                continue;
            }

            _sources.Offer(packet.Ssrc, new IncomingPacket
            {
                SequenceNumber = (ushort)(packet.SequenceNumber - red.PacketsAgo(format?.Codec, older)),
                Timestamp = packet.Timestamp - red.TimestampOffset,
                ArrivalUs = _entryTimeUs,
                Epoch = epoch,
                Marker = red.IsPrimary && packet.Marker,
                Format = hasMedia ? format : null,
                IsRedundant = !red.IsPrimary,
                Payload = red.Block,
            });
            older--;
        }

        if (!red.IsValid)
        {
            Counters.Malformed++;
        }
    }
}
