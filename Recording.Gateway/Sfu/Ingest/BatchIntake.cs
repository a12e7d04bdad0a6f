using Recording.Media.Rtp;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;
using Recording.Protocol.Frames;

namespace Recording.Gateway.Sfu.Ingest;

/// <summary>
/// Turns the packets and batches of one track, as they come, into blocks with running indexes, and cuts those into batches. Not thread-safe: its
/// owner calls it under the track's gate. Nothing here allocates per packet.
/// </summary>
internal sealed class BatchIntake
{
    // Entries take two bytes at least: a batch that announces more is not one.
    private const int MaxBatchCount = DataPayloadWriter.MaxPayloadLength / 2;

    private readonly IngestContext _context;
    private readonly BatchBuilder _builder;
    private readonly PacketInspector _inspector;
    private readonly TimeSpan _linger;
    private readonly Action<RetainedBatch> _keep;
    private readonly Action _headerChanged;
    private ulong _next = 1;
    private long _lastPacketAt;
    private long _builderSince;

    /// <param name="context">Shared services.</param>
    /// <param name="epoch">The session that numbers the packets.</param>
    /// <param name="inspector">Looks at each packet.</param>
    /// <param name="linger">How long a batch that is not full waits for more.</param>
    /// <param name="keep">Takes a batch that has to make room for the next.</param>
    /// <param name="headerChanged">Called when the track's header is another one from here on.</param>
    public BatchIntake(IngestContext context, ulong epoch, PacketInspector inspector, TimeSpan linger, Action<RetainedBatch> keep, Action headerChanged)
    {
        (_context, _inspector, _linger, _keep, _headerChanged) = (context, inspector, linger, keep, headerChanged);
        _builder = new BatchBuilder(epoch);
        _lastPacketAt = context.Time.GetTimestamp();
    }

    /// <summary>Index that the next packet has or must have. May be read without the gate.</summary>
    public ulong Next => Volatile.Read(ref _next);

    /// <summary>Whether <see cref="Next"/> holds: the SFU's first batch of a session says where it begins.</summary>
    public bool IsNextKnown { get; set; }

    /// <summary>When the last index was taken, as a timestamp of the clock. May be read without the gate.</summary>
    public long LastPacketAt => Volatile.Read(ref _lastPacketAt);

    /// <summary>Whether any index was taken.</summary>
    public bool HasPackets { get; private set; }

    /// <summary>Whether any time was the SFU's.</summary>
    public bool HasSfuClock { get; set; }

    /// <summary>The recording is paused: indexes are kept and nothing else.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Bytes gathered that are in no batch yet.</summary>
    public int Length => _builder.Length;

    /// <summary>What is gathered is worth a call of its own.</summary>
    public bool IsBatchFull => _builder.Length >= _context.Options.BatchBytes;

    /// <summary>Whether something gathered is still to be sent.</summary>
    /// <param name="isEnding">Nothing follows, or nothing is waited for.</param>
    public bool HasUnsent(bool isEnding) =>
        // Markers wait for the packet that they stand before, unless none follows. A track without any packet needs none.
        _builder.Count > 0 || (isEnding && _builder.Length > 0 && HasPackets);

    /// <summary>Whether what is gathered should be sent now.</summary>
    /// <param name="isEnding">Nothing follows, or nothing is waited for.</param>
    public bool IsDue(bool isEnding) =>
        IsBatchFull || (HasUnsent(isEnding) && (isEnding || _context.Time.GetElapsedTime(_builderSince) >= _linger));

    /// <summary>Whether the figures of a batch can be right.</summary>
    public static bool IsPlausible(in RtpBatchFrame batch) =>
        batch.FirstIndex is > 0 and <= long.MaxValue && batch.Count is > 0 and <= MaxBatchCount && batch.Packets.Length <= DataPayloadWriter.MaxPayloadLength;

    /// <summary>What was gathered, as a batch; the next one is begun.</summary>
    public RetainedBatch Build() => _builder.Build();

    /// <summary>The first packet has this index; nobody has those before it.</summary>
    public void BeginAt(ulong index)
    {
        _builder.AfterHole = index > 1;
        Volatile.Write(ref _next, index);
    }

    /// <summary>All before this index is held already.</summary>
    public void Continue(ulong index)
    {
        Volatile.Write(ref _next, index);
        IsNextKnown = true;
        HasPackets = true;
    }

    /// <summary>Indexes are missing: goes on behind them if they are lost for good, and the grain marks the gap. False = the SFU has them and can send them again.</summary>
    /// <param name="first">The index that came.</param>
    /// <param name="lostBefore">So many before it are lost, as the SFU says.</param>
    /// <param name="canWait">The SFU keeps what is not acknowledged.</param>
    public bool TryJump(ulong first, ulong lostBefore, bool canWait)
    {
        bool lost = lostBefore >= first || first - lostBefore <= _next;
        if (!lost && canWait)
        {
            return false;
        }

        if (_builder.Count > 0)
        {
            _keep(_builder.Build());
        }

        _builder.AfterHole = true;
        Volatile.Write(ref _next, first);
        return true;
    }

    /// <summary>Takes one packet and gives it the next index.</summary>
    /// <param name="data">RTP, or an RTCP sender report.</param>
    /// <param name="timeUs">Its time, µs since 1970, SFU clock.</param>
    /// <param name="flags">Flags of its block.</param>
    /// <param name="nowUs">Gateway time, µs since 1970.</param>
    public PacketVerdict Add(ReadOnlySpan<byte> data, long timeUs, BlockFlags flags, long nowUs)
    {
        PacketVerdict verdict = PacketVerdict.Paused;
        if (!IsPaused)
        {
            verdict = _inspector.Inspect(data, nowUs / 1000);
            if (_inspector.FormatChanged)
            {
                OnNewSsrc(timeUs, nowUs);
            }
        }

        HasSfuClock |= flags == BlockFlags.None;
        Write(verdict == PacketVerdict.Kept ? data : default, timeUs, flags, nowUs);
        return verdict;
    }

    /// <summary>Takes a batch that the SFU numbered and that brings at least the next index.</summary>
    /// <param name="batch">As it came.</param>
    /// <param name="latestUs">SFU time now, µs since 1970: a base time beyond it by over 1 s, or 0, is replaced.</param>
    /// <param name="nowUs">Gateway time, µs since 1970.</param>
    public PacketVerdict Add(in RtpBatchFrame batch, long latestUs, long nowUs)
    {
        if (IsPaused)
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
            HasSfuClock = true;
            if (!_builder.TryAddPayload(_next, (int)batch.Count, batch.BaseTimeUs, batch.Packets, nowUs))
            {
                _keep(_builder.Build());
                _builder.TryAddPayload(_next, (int)batch.Count, batch.BaseTimeUs, batch.Packets, nowUs);
            }

            OnTaken((int)batch.Count);
            return verdict;
        }

        return Reencode(batch, timeIsGood ? batch.BaseTimeUs : latestUs, timeIsGood ? BlockFlags.None : BlockFlags.ArrivalTime, nowUs);
    }

    /// <summary>Writes a marker before the next packet.</summary>
    public void Mark(Marker marker)
    {
        MakeRoom();
        _builder.Mark(_next, marker, UnixTime.Microseconds(_context.Time));
    }

    /// <summary>Writes the format that holds from the next packet on. The grain needs the new header as well, which says what holds at a segment's start.</summary>
    public void WriteFormat(long timeUs, long nowUs)
    {
        MakeRoom();
        _builder.SetFormat(_next, _inspector.Format, timeUs == 0 ? nowUs : timeUs, nowUs);
        _headerChanged();
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
            _keep(_builder.Build());
            _builder.TryAdd(_next, timeUs, data, flags, nowUs);
        }

        OnTaken(1);
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
            _keep(_builder.Build());
            _builder.TrySkip(_next, count, reason, timeUs, nowUs);
        }

        OnTaken(count);
    }

    // Packets make room for themselves; markers may come by the thousand without one.
    private void MakeRoom()
    {
        if (IsBatchFull)
        {
            _keep(_builder.Build());
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
    }
}
