using Recording.Media.Rtp;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.TrackFiles;

/// <summary>Counts what goes into a track file, packet by packet, and feeds the index.</summary>
internal sealed class AssemblyCounters
{
    // A track has a handful of SSRCs; a file with more is hostile, and its further SSRCs are counted without statistics.
    private const int MaxSources = 4096;
    private const int MaxNotes = 10_000;

    private readonly Dictionary<uint, Source> _sources = [];
    private readonly List<Source> _inOrder = [];
    private readonly List<AssembledGap> _gaps = [];
    private readonly List<AssembledPause> _pauses = [];
    private PayloadFormats _formats = new(new TrackFormat());
    private HashSet<uint> _rtxSsrcs = [];
    private long _packets;
    private long _bytes;
    private long _senderReports;
    private long _refused;
    private long _keyframes;
    private ulong _missing;
    private long _firstUs = long.MaxValue;
    private long _lastUs = long.MinValue;

    /// <summary>The index of what was counted.</summary>
    public TrackIndexBuilder Index { get; } = new();

    /// <summary>A format that holds from here on.</summary>
    public void Use(TrackFormat format)
    {
        _formats = new PayloadFormats(format);
        _rtxSsrcs = [.. format.Encodings.Select(encoding => encoding.RtxSsrc).Where(ssrc => ssrc != 0)];
    }

    /// <summary>A data block that lies at <paramref name="offset"/> of the file; its entries were checked before.</summary>
    public void Data(BlockHeader header, ReadOnlySpan<byte> payload, long offset)
    {
        Index.Block(header, offset);
        var entries = new DataPayloadReader(payload, header.BaseTimeUs);
        while (entries.Read())
        {
            if (entries.Packet.IsEmpty)
            {
                _refused++;
            }
            else if (Rtcp.IsRtcp(entries.Packet))
            {
                _senderReports++;
            }
            else
            {
                Packet(entries.Packet, entries.TimeUs, header.BaseTimeUs, offset);
            }
        }
    }

    /// <summary>A hole; with both indexes 0 one of time only.</summary>
    public void Gap(AssembledGap gap)
    {
        if (gap.FirstIndex > 0)
        {
            _missing += gap.LastIndex - gap.FirstIndex + 1;
        }

        if (_gaps.Count < MaxNotes)
        {
            _gaps.Add(gap);
        }
    }

    /// <summary>A marker that tells of a pause or of a gap.</summary>
    public void Note(Marker marker, BlockHeader header, ulong epoch)
    {
        long timeUs = marker.TimeUs != 0 ? marker.TimeUs : header.BaseTimeUs;
        switch (marker.WhatCase)
        {
            case Marker.WhatOneofCase.Gap:
                Gap(new AssembledGap(epoch, marker.Gap.FirstIndex, marker.Gap.LastIndex, marker.Gap.Reason, timeUs, marker.Gap.DurationUs));
                break;
            case Marker.WhatOneofCase.Pause:
                Pause(marker.Pause.By, timeUs);
                break;
            case Marker.WhatOneofCase.Resume:
                Resume(marker.Resume.By, timeUs);
                break;
            default:
                break;
        }
    }

    /// <summary>The figures of all that was counted.</summary>
    public AssemblyResult Result(string sha256, long size, TrackFormat format)
    {
        Source[] media = [.. _inOrder.Where(source => source.IsMedia)];
        long received = media.Sum(source => source.Statistics.Received);
        long durationUs = _lastUs - _firstUs;
        return new AssemblyResult
        {
            Sha256 = sha256,
            Size = size,
            Packets = _packets,
            Bytes = _bytes,
            SenderReports = _senderReports,
            Refused = _refused,
            Lost = media.Sum(source => source.Statistics.Lost),
            Duplicates = media.Sum(source => source.Statistics.Duplicates),
            Reordered = media.Sum(source => source.Statistics.Reordered),
            Late = media.Sum(source => source.Statistics.Late),
            JitterMs = received == 0 ? 0 : media.Sum(source => source.Statistics.JitterMs * source.Statistics.Received) / received,
            BitrateBps = _packets > 1 && durationUs > 0 ? (long)(_bytes * 8 * 1_000_000.0 / durationUs) : 0,
            Keyframes = _keyframes,
            MissingIndexes = _missing,
            FirstTimeUs = _packets == 0 ? 0 : _firstUs,
            LastTimeUs = _packets == 0 ? 0 : _lastUs,
            Ssrcs = [.. media.Select(source => source.Ssrc)],
            Gaps = _gaps,
            Paused = _pauses,
            Format = format,
        };
    }

    // Repeated ones count once: a marker may stand in two segments.
    private void Pause(string by, long timeUs)
    {
        if (_pauses.Count < MaxNotes && !_pauses.Exists(pause => pause.By == by && pause.ToUs is null))
        {
            _pauses.Add(new AssembledPause(by, timeUs, null));
        }
    }

    private void Resume(string by, long timeUs)
    {
        int open = _pauses.FindLastIndex(pause => pause.By == by && pause.ToUs is null);
        if (open >= 0)
        {
            _pauses[open] = _pauses[open] with { ToUs = timeUs };
        }
    }

    private void Packet(ReadOnlySpan<byte> data, long timeUs, long blockTimeUs, long offset)
    {
        _packets++;
        _bytes += data.Length;
        _firstUs = Math.Min(_firstUs, timeUs);
        _lastUs = Math.Max(_lastUs, timeUs);
        Index.Packet(timeUs, data.Length, offset, blockTimeUs);
        if (!RtpPacket.TryParse(data, out RtpPacket packet, out _))
        {
            return;
        }

        PayloadFormat? format = _formats[packet.PayloadType];
        bool isMedia = format is null ? _formats.IsEmpty : PayloadFormats.IsMedia(format.Codec);
        isMedia &= !_rtxSsrcs.Contains(packet.Ssrc);
        if (SourceOf(packet.Ssrc) is not { } source || !isMedia)
        {
            return;
        }

        source.IsMedia = true;
        source.Statistics.ChangeClockRate((int)Math.Min(format?.ClockRate ?? 0, int.MaxValue));
        source.Statistics.Add(packet.SequenceNumber, packet.Timestamp, timeUs);
        if (format is not null
            && KeyframeDetector.Begins(format.Codec, packet)
            && (source.Keyframes == 0 || source.KeyframeTimestamp != packet.Timestamp))
        {
            source.Keyframes++;
            source.KeyframeTimestamp = packet.Timestamp;
            _keyframes++;
            Index.Keyframe(timeUs, offset, packet.Ssrc);
        }
    }

    private Source? SourceOf(uint ssrc)
    {
        if (!_sources.TryGetValue(ssrc, out Source? source) && _sources.Count < MaxSources)
        {
            source = new Source(ssrc);
            _sources.Add(ssrc, source);
            _inOrder.Add(source);
        }

        return source;
    }

    private sealed class Source(uint ssrc)
    {
        public uint Ssrc { get; } = ssrc;

        public StreamStatistics Statistics { get; } = new(0);

        public bool IsMedia { get; set; }

        public long Keyframes { get; set; }

        public uint KeyframeTimestamp { get; set; }
    }
}
