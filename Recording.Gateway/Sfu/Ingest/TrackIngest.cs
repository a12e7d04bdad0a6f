using Recording.Grains.Abstractions.Tracks;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;
using Recording.Protocol.Frames;

namespace Recording.Gateway.Sfu.Ingest;

/// <summary>
/// One track in one epoch: takes packets as they come, numbers or checks their indexes, gathers them into batches and keeps those until they are
/// stored. Outlives the connection that fed it. Taking a packet neither allocates nor waits.
/// </summary>
internal sealed partial class TrackIngest
{
    private readonly Lock _gate = new();
    private readonly IngestContext _context;
    private readonly BatchIntake _intake;
    private readonly TrackSender _sender;
    private readonly TrackSpooler _spooler;
    private readonly PacketInspector _inspector;
    private readonly TrackEnding _end;
    private readonly AckWindow _ack;
    private readonly RoomSignal _room = new();
    private readonly long _quota;
    private string _consumerType = "";
    private bool _flushAsked;
    private bool _flushed;
    private volatile bool _full;

    /// <param name="context">Shared services.</param>
    /// <param name="identity">The track.</param>
    /// <param name="fence">The fence of its link, which may rise.</param>
    /// <param name="epoch">The session that numbers its packets.</param>
    /// <param name="kind">How the SFU numbers and acknowledges.</param>
    /// <param name="keyframes">Where key frames and gaps are watched; null = not.</param>
    /// <param name="belongsToAnother">Whether an SSRC was announced for another producer.</param>
    public TrackIngest(
        IngestContext context, TrackIdentity identity, LinkFence fence, ulong epoch, IngestKind kind,
        KeyframePacer? keyframes = null, Func<uint, bool>? belongsToAnother = null)
    {
        (_context, Identity, Epoch, Kind) = (context, identity, epoch, kind);
        _inspector = new PacketInspector();
        _inspector.Watch(keyframes, belongsToAnother);
        _sender = new TrackSender(_gate, context, identity, fence, epoch, TakeDue, EncodeHeader);

        _spooler = new TrackSpooler(_gate, context, _sender.Retained, () => context.Spool?.TryRegister(identity, epoch, kind, EncodeHeader()));

        // Reports are few and an epoch of their own: each batch of them is a segment.
        TimeSpan linger = kind == IngestKind.Reports ? context.Options.BatchDelay * 100 : context.Options.BatchDelay;
        _intake = new BatchIntake(context, epoch, _inspector, linger, Keep, _sender.ReopenBeforeNext) { IsNextKnown = kind != IngestKind.Acknowledged };
        _quota = context.Options.TrackQuota;
        _ack = new AckWindow(_quota, context.Memory);
        _end = new TrackEnding(context.Time, context.Options.QuietPeriod, kind == IngestKind.Acknowledged);
    }

    public TrackIdentity Identity { get; }

    public ulong Epoch { get; }

    public IngestKind Kind { get; }

    public KeyframePacer? Keyframes => _inspector.Keyframes;

    /// <summary>Index that the next packet has or must have.</summary>
    public ulong NextIndex => _intake.Next;

    /// <summary>Everything up to here is durable: stored, or in the spool.</summary>
    public ulong DurableIndex => Locked(() => Durable);

    /// <summary>Bytes that are held in memory.</summary>
    public long RetainedBytes => Locked(() => Held);

    /// <summary>What is known of it; never changed, only replaced.</summary>
    public TrackFormat Format => Locked(() => _inspector.Format);

    /// <summary>Whether any packet came.</summary>
    public bool HasPackets => _intake.HasPackets;

    /// <summary>Sealed or fenced out; null = open.</summary>
    public AppendStatus? Closed => _sender.Closed;

    /// <summary>Another gateway feeds the track: what becomes of its packets is not known here.</summary>
    public bool IsFenced => _sender.Closed == AppendStatus.Fenced;

    /// <summary>Links that may still bring packets; the pump keeps the track until they let go.</summary>
    public HoldCount Holders { get; } = new();

    /// <summary>Nothing is held that is not stored.</summary>
    public bool IsStored => Locked(() => _sender.Closed == AppendStatus.Sealed || (!_intake.HasUnsent(IsEnding) && _sender.Retained.IsEmpty));

    /// <summary>It has ended, nothing follows, and everything is stored.</summary>
    public bool IsDrained => Locked(() => _sender.Closed == AppendStatus.Sealed || (_sender.Closed is null && _end.IsOver && !_intake.HasUnsent(IsEnding) && _sender.Retained.IsEmpty));

    /// <summary>Since when nothing came.</summary>
    public TimeSpan Idle => _context.Time.GetElapsedTime(_intake.LastPacketAt);

    /// <summary>What is held has reached its bound: a link that cannot be asked for a replay should not be read. With a spool only the whole memory is one.</summary>
    public bool IsFull => _context.Memory.IsFull || (_full && _context.Spool is not { IsTaking: true });

    /// <summary>Takes a packet and gives it the next index.</summary>
    /// <param name="data">RTP, or an RTCP sender report.</param>
    /// <param name="timeUs">Arrival at the SFU, µs since 1970, SFU clock.</param>
    /// <param name="arrivalTime">The time is the gateway's, because the SFU's was missing or wrong.</param>
    /// <param name="nowUs">Gateway time, µs since 1970.</param>
    public PacketVerdict Add(ReadOnlySpan<byte> data, long timeUs, bool arrivalTime, long nowUs)
    {
        bool kick;
        PacketVerdict verdict;
        lock (_gate)
        {
            if (_sender.Closed is not null)
            {
                _context.Metrics.Late(1);
                return PacketVerdict.Late;
            }

            verdict = _intake.Add(data, timeUs, arrivalTime ? BlockFlags.ArrivalTime : BlockFlags.None, nowUs);
            kick = _intake.IsBatchFull && !_sender.IsBusy;
        }

        if (kick)
        {
            _sender.Kick();
        }

        return verdict;
    }

    /// <summary>Takes a batch that the SFU numbered; one with no index (0) is numbered here.</summary>
    /// <param name="batch">As it came.</param>
    /// <param name="latestUs">SFU time now, µs since 1970: a base time beyond it by over 1 s, or 0, is replaced.</param>
    /// <param name="nowUs">Gateway time, µs since 1970.</param>
    public PacketVerdict AddBatch(in RtpBatchFrame batch, long latestUs, long nowUs)
    {
        PacketVerdict verdict;
        bool kick;
        lock (_gate)
        {
            if (_sender.Closed is not null)
            {
                _context.Metrics.Late(batch.Count);
                return PacketVerdict.Late;
            }

            ulong first = batch.FirstIndex;
            if (!BatchIntake.IsPlausible(batch))
            {
                return PacketVerdict.BadBatch;
            }

            if (!_intake.IsNextKnown)
            {
                // After a subscription the first batch is the oldest that the SFU still has.
                _intake.BeginAt(first);
                _intake.IsNextKnown = true;
            }

            if (TryAcknowledgeOnly(first + batch.Count))
            {
                return PacketVerdict.Kept;
            }

            bool isFirst = _isReattached;
            _isReattached = false;
            if (first + batch.Count <= _intake.Next)
            {
                return PacketVerdict.Kept;
            }

            if (Kind == IngestKind.Acknowledged && _ack.IsBeyond(Held, batch.Packets.Length))
            {
                _ack.WantReplay();
                _context.Metrics.Discarded();
                return PacketVerdict.Discarded;
            }

            if (first > _intake.Next && !_intake.TryJump(first, batch.LostBefore, canWait: Kind == IngestKind.Acknowledged && !isFirst))
            {
                _ack.WantReplay();
                _context.Metrics.Discarded();
                return PacketVerdict.Discarded;
            }

            verdict = _intake.Add(batch, latestUs, nowUs);
            kick = _intake.IsBatchFull && !_sender.IsBusy;
        }

        if (kick)
        {
            _sender.Kick();
        }

        return verdict;
    }

    /// <summary>Sets what is known of the track; a change becomes a format block with the next packet.</summary>
    public void SetFormat(TrackFormat format, string consumerType)
    {
        lock (_gate)
        {
            _consumerType = consumerType.Length > 0 ? consumerType : _consumerType;
            if (TrackFormats.IsEmpty(format) || format.Equals(_inspector.Format))
            {
                return;
            }

            _inspector.Format = format;
            if (HasPackets)
            {
                _intake.WriteFormat(0, UnixTime.Microseconds(_context.Time));
            }
        }
    }

    /// <summary>Pauses or resumes: what comes while paused keeps its index and nothing else.</summary>
    public void SetPaused(bool paused, string by, long timeUs)
    {
        lock (_gate)
        {
            if (_intake.IsPaused == paused)
            {
                return;
            }

            _intake.IsPaused = paused;
            _intake.Mark(paused
                ? new Marker { TimeUs = timeUs, Pause = new Marker.Types.Pause { By = by } }
                : new Marker { TimeUs = timeUs, Resume = new Marker.Types.Resume { By = by } });
            if (!paused)
            {
                Keyframes?.Begin(_context.Time.GetUtcNow().ToUnixTimeMilliseconds());
            }
        }
    }

    /// <summary>Writes a marker before the next packet.</summary>
    public void AddMarker(Marker marker)
    {
        lock (_gate)
        {
            _intake.Mark(marker);
        }
    }

    /// <summary>What comes next cannot be shown without a key frame.</summary>
    public void WantKeyframe()
    {
        lock (_gate)
        {
            Keyframes?.Begin(_context.Time.GetUtcNow().ToUnixTimeMilliseconds());
        }
    }

    /// <summary>Takes the key frame request that is due.</summary>
    public bool TryTakeKeyframeRequest(out uint ssrc)
    {
        ssrc = 0;
        lock (_gate)
        {
            return !_intake.IsPaused && !_end.IsEnding && Keyframes is not null && Keyframes.TryTake(_context.Time.GetUtcNow().ToUnixTimeMilliseconds(), out ssrc);
        }
    }

    /// <summary>Takes the acknowledgement that is due: the durable index rose, or the window opened, closed or changed by much.</summary>
    public bool TryTakeAck(out ulong durableIndex, out uint windowBytes)
    {
        lock (_gate)
        {
            durableIndex = Durable;
            windowBytes = 0;
            return !IsFenced && _ack.TryTakeAck(durableIndex, Held, out windowBytes);
        }
    }

    /// <summary>Says the acknowledgement again: a new connection knows nothing of the last.</summary>
    public void RepeatAck()
    {
        lock (_gate)
        {
            _ack.Repeat();
        }
    }

    /// <summary>Takes the replay that is due: something was left out and there is room again.</summary>
    public bool TryTakeReplay(out ulong fromIndex)
    {
        lock (_gate)
        {
            fromIndex = _intake.Next;
            return _sender.Closed is null && _ack.TryTakeReplay(Held);
        }
    }

    /// <summary>The subscription ended. Nothing follows once the SFU's last index is there, or, where it says none, after silence.</summary>
    public void End()
    {
        lock (_gate)
        {
            _end.Begin();
        }
    }

    /// <summary>The SFU says that nothing follows this index.</summary>
    public void EndAt(ulong lastIndex)
    {
        lock (_gate)
        {
            _end.EndAt(lastIndex);
            if (!TryAcknowledgeOnly(lastIndex + 1) && _intake.IsNextKnown && _intake.Next <= lastIndex)
            {
                _ack.WantReplay();
                return;
            }

            if (!_intake.IsNextKnown)
            {
                _intake.BeginAt(lastIndex + 1);
            }

            _end.EndNow();
        }
    }

    /// <summary>Nothing can follow: the stream that numbered these packets is over.</summary>
    public void EndNow()
    {
        lock (_gate)
        {
            _end.EndNow();
        }
    }

    /// <summary>The track is wanted again in the same session.</summary>
    public void Resume()
    {
        lock (_gate)
        {
            _end.Resume();
            _flushAsked = false;
        }
    }

    /// <summary>Sends what is due; called every few ms by the pump.</summary>
    public void Tick(bool flush = false)
    {
        bool kick;
        lock (_gate)
        {
            _end.Update(_intake.Next, _intake.LastPacketAt);
            _flushAsked |= flush;
            if (IsEnding && !_intake.HasUnsent(IsEnding) && _sender.Retained.Next is null && _sender.Retained.Bytes > 0 && !_flushed)
            {
                _flushed = true;
                _sender.FlushWhenSent();
            }

            _full = _sender.Retained.Bytes >= _quota;
            kick = !_sender.IsBusy && (_intake.IsDue(IsEnding) || !_sender.Retained.IsEmpty);
            SpoolWhatIsDue();
            _room.Update(!_context.Memory.IsFull && (_sender.Retained.Bytes < _quota * 3 / 4 || _context.Spool is { IsTaking: true }));
        }

        if (kick)
        {
            _sender.Kick();
        }
    }

    /// <summary>Completes when there is room again.</summary>
    public Task WhenRoom()
    {
        lock (_gate)
        {
            return _room.Wait();
        }
    }

    private bool IsEnding => _flushAsked || _end.IsOver;

    private long Held => _sender.Retained.Bytes + _intake.Length;

    // What a sealed track refuses is too late for ever; what a fenced one refuses the other gateway has to store.
    private ulong Durable => _sender.Closed == AppendStatus.Sealed || _acknowledgesOnly ? _intake.Next - 1 : Math.Max(_sender.StoredIndex, _sender.Retained.SpooledEnd is var end and > 0 ? end - 1 : 0);

    private RetainedBatch? TakeDue()
    {
        if (!_intake.IsDue(IsEnding))
        {
            return null;
        }

        _flushed = false;
        return _intake.Build();
    }

    private void Keep(RetainedBatch batch)
    {
        _flushed = false;
        _sender.Retained.Add(batch with { RetainedAt = _context.Time.GetTimestamp() });
        _full = _sender.Retained.Bytes >= _quota;
    }

    private byte[] EncodeHeader() => Identity.EncodeHeader(_inspector.Format, _consumerType, _intake.HasSfuClock, _context.Options.Version);

    private T Locked<T>(Func<T> read)
    {
        lock (_gate)
        {
            return read();
        }
    }
}
