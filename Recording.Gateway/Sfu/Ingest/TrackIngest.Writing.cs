using Recording.Media.Rtp;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;
using Recording.Protocol.Frames;

namespace Recording.Gateway.Sfu.Ingest;

/// <content>How packets and batches become entries and blocks. Everything here runs under the gate.</content>
internal sealed partial class TrackIngest
{
    private bool IsBatchFull => _builder.Length >= _context.Options.BatchBytes;

    // Markers wait for the packet that they stand before, unless none follows. A track without any packet needs none.
    private bool HasUnsent => _builder.Count > 0 || (_builder.Length > 0 && HasPackets && (_flushAsked || _nothingFollows));

    private bool IsDue => IsBatchFull || (HasUnsent && (_flushAsked || _nothingFollows || _context.Time.GetElapsedTime(_builderSince) >= _linger));

    private RetainedBatch? TakeDue() => IsDue ? Build() : null;

    private byte[] EncodeHeader() => Identity.EncodeHeader(_inspector.Format, _consumerType, _sfuClock, _context.Options.Version);

    private PacketVerdict AddEntry(ReadOnlySpan<byte> data, long timeUs, BlockFlags flags, long nowUs)
    {
        PacketVerdict verdict = PacketVerdict.Paused;
        if (!_paused)
        {
            verdict = _inspector.Inspect(data, nowUs / 1000);
            if (_inspector.FormatChanged)
            {
                OnNewSsrc(timeUs, nowUs);
            }
        }

        _sfuClock |= flags == BlockFlags.None;
        Write(verdict == PacketVerdict.Kept ? data : default, timeUs, flags, nowUs);
        return verdict;
    }

    private void Write(ReadOnlySpan<byte> data, long timeUs, BlockFlags flags, long nowUs)
    {
        if (Rtcp.IsRtcp(data) && SenderReport.TryParse(data, out SenderReport report))
        {
            Span<byte> rebuilt = stackalloc byte[SenderReport.Length];
            report.Write(rebuilt);
            WriteEntry(rebuilt, timeUs, flags, nowUs);
        }
        else
        {
            WriteEntry(data, timeUs, flags, nowUs);
        }
    }

    private void WriteEntry(ReadOnlySpan<byte> data, long timeUs, BlockFlags flags, long nowUs)
    {
        if (!_builder.TryAdd(_next, timeUs, data, flags, nowUs))
        {
            CloseBatch();
            _builder.TryAdd(_next, timeUs, data, flags, nowUs);
        }

        OnTaken(1);
    }

    private PacketVerdict AddPayload(in RtpBatchFrame batch, long latestUs, long nowUs)
    {
        if (_paused)
        {
            int count = (int)(batch.FirstIndex + batch.Count - _next);
            Skip(count, "paused", batch.BaseTimeUs, nowUs);
            return PacketVerdict.Paused;
        }

        bool timeIsGood = batch.BaseTimeUs > 0 && batch.BaseTimeUs <= latestUs + PacketTime.ToleranceUs;
        PacketVerdict verdict = Walk(batch, nowUs);
        if (_inspector.FormatChanged)
        {
            OnNewSsrc(batch.BaseTimeUs, nowUs);
        }

        if (verdict == PacketVerdict.Kept && timeIsGood && batch.FirstIndex == _next)
        {
            _sfuClock = true;
            if (!_builder.TryAddPayload(_next, (int)batch.Count, batch.BaseTimeUs, batch.Packets, nowUs))
            {
                CloseBatch();
                _builder.TryAddPayload(_next, (int)batch.Count, batch.BaseTimeUs, batch.Packets, nowUs);
            }

            OnTaken((int)batch.Count);
            return verdict;
        }

        return Reencode(batch, timeIsGood ? batch.BaseTimeUs : latestUs, timeIsGood ? BlockFlags.None : BlockFlags.ArrivalTime, nowUs);
    }

    /// <summary>Whether every entry is sound; the whole payload then goes through as it is.</summary>
    private PacketVerdict Walk(in RtpBatchFrame batch, long nowUs)
    {
        PacketVerdict worst = PacketVerdict.Kept;
        uint count = 0;
        var entries = new DataPayloadReader(batch.Packets, 0);
        long nowMs = nowUs / 1000;
        while (entries.Read())
        {
            count++;
            if (entries.Packet.IsEmpty)
            {
                continue;
            }

            PacketVerdict verdict = _inspector.Inspect(entries.Packet, nowMs, watch: batch.FirstIndex + count > _next);
            if (verdict != PacketVerdict.Kept || Rtcp.IsRtcp(entries.Packet))
            {
                worst = verdict == PacketVerdict.Kept ? PacketVerdict.Malformed : verdict;
            }
        }

        return entries.IsDamaged || count != batch.Count ? PacketVerdict.Malformed : worst;
    }

    /// <summary>Entry by entry: what is bad becomes an empty entry, what is missing at the end a skipped run, what is held already is left out.</summary>
    private PacketVerdict Reencode(in RtpBatchFrame batch, long baseTimeUs, BlockFlags flags, long nowUs)
    {
        PacketVerdict worst = PacketVerdict.Kept;
        ulong index = batch.FirstIndex;
        ulong end = batch.FirstIndex + batch.Count;
        var entries = new DataPayloadReader(batch.Packets, baseTimeUs);
        while (index < end && entries.Read())
        {
            if (index++ < _next)
            {
                continue;
            }

            PacketVerdict verdict = entries.Packet.IsEmpty ? PacketVerdict.Kept : _inspector.Inspect(entries.Packet, nowUs / 1000, watch: false);
            worst = verdict == PacketVerdict.Kept ? worst : verdict;
            Write(verdict == PacketVerdict.Kept ? entries.Packet : default, entries.TimeUs, flags, nowUs);
        }

        if (_next < end)
        {
            Skip((int)(end - _next), "malformed", baseTimeUs, nowUs);
            worst = PacketVerdict.Malformed;
        }

        return worst;
    }

    private void Skip(int count, string reason, long timeUs, long nowUs)
    {
        if (!_builder.TrySkip(_next, count, reason, timeUs, nowUs))
        {
            CloseBatch();
            _builder.TrySkip(_next, count, reason, timeUs, nowUs);
        }

        OnTaken(count);
    }

    // Indexes are missing. Lost for good: go on behind them, the grain marks the gap. Otherwise the SFU has them and sends them again.
    private bool TryJump(ulong first, ulong lostBefore)
    {
        bool lost = lostBefore >= first || first - lostBefore <= _next;
        if (!lost && Kind == IngestKind.Acknowledged)
        {
            _replay = true;
            return false;
        }

        if (_builder.Count > 0)
        {
            CloseBatch();
        }

        _builder.AfterHole = true;
        Volatile.Write(ref _next, first);
        return true;
    }

    private void OnTaken(int count)
    {
        long now = _context.Time.GetTimestamp();
        if (_builder.Count == count)
        {
            _builderSince = now;
        }

        Volatile.Write(ref _lastPacketAt, now);
        Volatile.Write(ref _next, _next + (ulong)count);
        HasPackets = true;
        _flushed = false;
    }

    private void CloseBatch()
    {
        _sender.Retained.Add(Build());
        _full = _sender.Retained.Bytes >= _quota;
    }

    private RetainedBatch Build()
    {
        _flushed = false;
        return _builder.Build();
    }

    private void Mark(Marker marker)
    {
        MakeRoom();
        _builder.Mark(_next, marker, UnixTime.Microseconds(_context.Time));
    }

    // Packets make room for themselves; markers may come by the thousand without one.
    private void MakeRoom()
    {
        if (IsBatchFull)
        {
            CloseBatch();
        }
    }

    private void OnNewSsrc(long timeUs, long nowUs)
    {
        _inspector.FormatChanged = false;
        if (HasPackets)
        {
            WriteFormat(timeUs, nowUs);
        }
    }

    // The header says what holds at a segment's start, so the grain needs the new one as well.
    private void WriteFormat(long timeUs, long nowUs)
    {
        MakeRoom();
        _builder.SetFormat(_next, _inspector.Format, timeUs == 0 ? nowUs : timeUs, nowUs);
        _sender.ReopenBeforeNext();
    }
}
