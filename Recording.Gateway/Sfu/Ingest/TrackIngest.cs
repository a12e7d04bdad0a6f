using Recording.Grains.Abstractions.Tracks;
using Recording.Media.Rtp;
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
    // Entries take two bytes at least: a batch that announces more is not one.
    private const int MaxBatchCount = DataPayloadWriter.MaxPayloadLength / 2;

    private readonly Lock _gate = new();
    private readonly IngestContext _context;
    private readonly BatchBuilder _builder;
    private readonly TrackSender _sender;
    private readonly PacketInspector _inspector;
    private readonly TimeSpan _linger;
    private readonly long _quota;
    private TaskCompletionSource? _room;
    private string _consumerType = "";
    private bool _sfuClock;
    private bool _paused;
    private ulong _next = 1;
    private bool _nextIsKnown;
    private bool _replay;
    private ulong _ackedIndex;
    private long _ackedWindow = -1;
    private bool _ending;
    private ulong _endIndex;
    private bool _nothingFollows;
    private bool _flushAsked;
    private bool _flushed;
    private volatile bool _full;
    private long _endingSince;
    private long _lastPacketAt;
    private long _builderSince;

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
        (_context, Identity, Epoch, Kind, Keyframes) = (context, identity, epoch, kind, keyframes);
        _builder = new BatchBuilder(epoch);
        _inspector = new PacketInspector(keyframes, belongsToAnother ?? (static _ => false));
        _sender = new TrackSender(_gate, context, identity, fence, epoch, TakeDue, EncodeHeader);

        // Reports are few and an epoch of their own: each batch of them is a segment.
        _linger = kind == IngestKind.Reports ? context.Options.BatchDelay * 100 : context.Options.BatchDelay;
        _quota = context.Options.TrackQuota;
        _nextIsKnown = kind != IngestKind.Acknowledged;
        _lastPacketAt = context.Time.GetTimestamp();
    }

    public TrackIdentity Identity { get; }

    public ulong Epoch { get; }

    public IngestKind Kind { get; }

    public KeyframePacer? Keyframes { get; }

    /// <summary>Index that the next packet has or must have.</summary>
    public ulong NextIndex => Volatile.Read(ref _next);

    /// <summary>Everything up to here is durable: stored, or, once there is one, in the spool.</summary>
    public ulong DurableIndex => Locked(() => Durable);

    /// <summary>Bytes that are held.</summary>
    public long RetainedBytes => Locked(() => _sender.Retained.Bytes + _builder.Length);

    /// <summary>What is known of it; never changed, only replaced.</summary>
    public TrackFormat Format => Locked(() => _inspector.Format);

    /// <summary>Whether any packet came.</summary>
    public bool HasPackets { get; private set; }

    /// <summary>Sealed or fenced out; null = open.</summary>
    public AppendStatus? Closed => _sender.Closed;

    /// <summary>Another gateway feeds the track: what becomes of its packets is not known here.</summary>
    public bool IsFenced => _sender.Closed == AppendStatus.Fenced;

    /// <summary>Links that may still bring packets; the pump keeps the track until they let go.</summary>
    public HoldCount Holders { get; } = new();

    /// <summary>Nothing is held that is not stored.</summary>
    public bool IsStored => Locked(() => _sender.Closed is not null || (!HasUnsent && _sender.Retained.IsEmpty));

    /// <summary>It has ended, nothing follows, and everything is stored.</summary>
    public bool IsDrained => Locked(() => _sender.Closed == AppendStatus.Sealed || (_sender.Closed is null && _nothingFollows && !HasUnsent && _sender.Retained.IsEmpty));

    /// <summary>Since when nothing came.</summary>
    public TimeSpan Idle => _context.Time.GetElapsedTime(Volatile.Read(ref _lastPacketAt));

    /// <summary>What is held has reached its bound: a link that cannot be asked for a replay should not be read.</summary>
    public bool IsFull => _full || _context.Memory.IsFull;

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

            verdict = AddEntry(data, timeUs, arrivalTime ? BlockFlags.ArrivalTime : BlockFlags.None, nowUs);
            kick = IsBatchFull && !_sender.IsBusy;
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
            if (first == 0 || batch.Count is 0 or > MaxBatchCount || first > long.MaxValue || batch.Packets.Length > DataPayloadWriter.MaxPayloadLength)
            {
                return PacketVerdict.BadBatch;
            }

            if (!_nextIsKnown)
            {
                // After a subscription the first batch is the oldest that the SFU still has.
                _builder.AfterHole = first > 1;
                _next = first;
                _nextIsKnown = true;
            }

            if (first + batch.Count <= _next)
            {
                return PacketVerdict.Kept;
            }

            if (Kind == IngestKind.Acknowledged && (_context.Memory.IsFull || _sender.Retained.Bytes + _builder.Length + batch.Packets.Length > _quota))
            {
                _replay = true;
                _context.Metrics.Discarded();
                return PacketVerdict.Discarded;
            }

            if (first > _next && !TryJump(first, batch.LostBefore))
            {
                _context.Metrics.Discarded();
                return PacketVerdict.Discarded;
            }

            verdict = AddPayload(batch, latestUs, nowUs);
            kick = IsBatchFull && !_sender.IsBusy;
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
                WriteFormat(0, UnixTime.Microseconds(_context.Time));
            }
        }
    }

    /// <summary>Pauses or resumes: what comes while paused keeps its index and nothing else.</summary>
    public void SetPaused(bool paused, string by, long timeUs)
    {
        lock (_gate)
        {
            if (_paused == paused)
            {
                return;
            }

            _paused = paused;
            Mark(paused
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
            Mark(marker);
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
            return !_paused && !_ending && Keyframes is not null && Keyframes.TryTake(_context.Time.GetUtcNow().ToUnixTimeMilliseconds(), out ssrc);
        }
    }

    /// <summary>Takes the acknowledgement that is due: the durable index rose, or the window opened, closed or changed by much.</summary>
    public bool TryTakeAck(out ulong durableIndex, out uint windowBytes)
    {
        lock (_gate)
        {
            durableIndex = Durable;
            long window = _context.Memory.IsFull ? 0 : Math.Max(0, _quota - _sender.Retained.Bytes - _builder.Length);
            windowBytes = (uint)Math.Min(window, uint.MaxValue);
            if (IsFenced)
            {
                return false;
            }

            bool due = durableIndex > _ackedIndex || _ackedWindow < 0 || (window == 0) != (_ackedWindow == 0) || Math.Abs(window - _ackedWindow) > _quota / 8;
            if (due)
            {
                _ackedIndex = durableIndex;
                _ackedWindow = window;
            }

            return due;
        }
    }

    /// <summary>Says the acknowledgement again: a new connection knows nothing of the last.</summary>
    public void RepeatAck()
    {
        lock (_gate)
        {
            _ackedWindow = -1;
        }
    }

    /// <summary>Takes the replay that is due: something was left out and there is room again.</summary>
    public bool TryTakeReplay(out ulong fromIndex)
    {
        lock (_gate)
        {
            fromIndex = _next;
            bool due = _replay && _sender.Closed is null && _sender.Retained.Bytes + _builder.Length <= _quota / 2 && !_context.Memory.IsFull;
            _replay &= !due;
            return due;
        }
    }

    /// <summary>The subscription ended. Nothing follows once the SFU's last index is there, or, where it says none, after silence.</summary>
    public void End()
    {
        lock (_gate)
        {
            if (!_ending)
            {
                _ending = true;
                _endingSince = _context.Time.GetTimestamp();
            }
        }
    }

    /// <summary>The SFU says that nothing follows this index.</summary>
    public void EndAt(ulong lastIndex)
    {
        End();
        lock (_gate)
        {
            _endIndex = lastIndex;
            if (_nextIsKnown && _next <= lastIndex)
            {
                _replay = true;
            }
            else
            {
                _next = _nextIsKnown ? _next : lastIndex + 1;
                _nothingFollows = true;
            }
        }
    }

    /// <summary>Nothing can follow: the stream that numbered these packets is over.</summary>
    public void EndNow()
    {
        End();
        lock (_gate)
        {
            _nothingFollows = true;
        }
    }

    /// <summary>The track is wanted again in the same session.</summary>
    public void Resume()
    {
        lock (_gate)
        {
            _ending = false;
            _nothingFollows = false;
            _flushAsked = false;
        }
    }

    /// <summary>Sends what is due; called every few ms by the pump.</summary>
    public void Tick(bool flush = false)
    {
        bool kick;
        lock (_gate)
        {
            if (_ending && !_nothingFollows)
            {
                _nothingFollows = Kind == IngestKind.Acknowledged
                    ? _endIndex != 0 && _next > _endIndex
                    : _context.Time.GetElapsedTime(Math.Max(_lastPacketAt, _endingSince)) >= _context.Options.QuietPeriod;
            }

            _flushAsked |= flush;
            if ((_flushAsked || _nothingFollows) && !HasUnsent && _sender.Retained.Next is null && _sender.Retained.Bytes > 0 && !_flushed)
            {
                _flushed = true;
                _sender.FlushWhenSent();
            }

            _full = _sender.Retained.Bytes >= _quota;
            kick = !_sender.IsBusy && (IsDue || !_sender.Retained.IsEmpty);
            if (_room is not null && _sender.Retained.Bytes < _quota * 3 / 4 && !_context.Memory.IsFull)
            {
                _room.TrySetResult();
                _room = null;
            }
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
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task;
        }
    }

    // What a sealed track refuses is too late for ever; what a fenced one refuses the other gateway has to store.
    private ulong Durable => _sender.Closed == AppendStatus.Sealed ? _next - 1 : _sender.StoredIndex;

    private T Locked<T>(Func<T> read)
    {
        lock (_gate)
        {
            return read();
        }
    }
}
