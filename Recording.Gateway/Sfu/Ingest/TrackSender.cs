using Orleans.Runtime;
using Recording.Gateway.Sfu.Spool;
using Recording.Grains.Abstractions.Tracks;

namespace Recording.Gateway.Sfu.Ingest;

/// <summary>
/// Brings the batches of one track and epoch to its grain: one call in flight, the same indexes again after a failure, back to the index that the
/// grain wants, and every batch kept until it is stored.
/// </summary>
internal sealed partial class TrackSender
{
    private static readonly TimeSpan s_probeInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_blockedInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_firstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longestRetry = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_logInterval = TimeSpan.FromMinutes(1);

    private readonly Lock _gate;
    private readonly IngestContext _context;
    private readonly TrackIdentity _identity;
    private readonly ulong _epoch;
    private readonly Func<RetainedBatch?> _takeDue;
    private readonly Func<byte[]> _header;
    private readonly ITrackGrain _grain;
    private LinkFence _fence;
    private bool _running;
    private bool _needsOpening = true;
    private bool _flush;
    private bool _isLate;
    private ulong _replayEnd;
    private long _window = 1;
    private long _retryAt;
    private long _probeAt;
    private long _loggedAt;
    private int _failures;
    private int _idleAnswers;

    /// <param name="gate">Held while <paramref name="takeDue"/> or <paramref name="header"/> is called, and by the owner for all else.</param>
    /// <param name="context">Shared services.</param>
    /// <param name="identity">The track.</param>
    /// <param name="fence">The link's fence.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="takeDue">Answers the batch that is ready to go; null = none yet.</param>
    /// <param name="header">Answers the encoded track header.</param>
    public TrackSender(Lock gate, IngestContext context, TrackIdentity identity, LinkFence fence, ulong epoch, Func<RetainedBatch?> takeDue, Func<byte[]> header)
    {
        (_gate, _context, _identity, _fence, _epoch, _takeDue, _header) = (gate, context, identity, fence, epoch, takeDue, header);
        _grain = context.Grains.GetGrain<ITrackGrain>(identity.GrainKey);
        Retained = new RetainedBatches(context.Memory, context.Spool);
    }

    private enum CallKind
    {
        None,
        Open,
        Append,
        Probe,
        Flush,
    }

    /// <summary>What is not stored. Guarded by the gate.</summary>
    public RetainedBatches Retained { get; }

    /// <summary>End of the contiguous stored prefix.</summary>
    public ulong StoredIndex { get; private set; }

    /// <summary>A call is in flight.</summary>
    public bool IsBusy => _running;

    /// <summary>Why nothing more is taken: sealed or fenced out; null = open.</summary>
    public AppendStatus? Closed { get; private set; }

    /// <summary>Nothing is brought before the recording knows of it: it was adopted, or its track is sealed.</summary>
    public bool IsHeldBack { get; private set; }

    /// <summary>The track was sealed while something was on disk.</summary>
    public bool WasSealed { get; private set; }

    /// <summary>All before this index is known to be stored.</summary>
    public void BeginAt(ulong index)
    {
        StoredIndex = index - 1;
        IsHeldBack = true;
    }

    /// <summary>The recording waits for what is held, or takes it though the track is sealed.</summary>
    public void Release()
    {
        IsHeldBack = false;
        _needsOpening = true;
        _isLate = true;
        _replayEnd = Retained.EndIndex;
    }

    /// <summary>Nobody wants what is held: the recording is gone.</summary>
    public void Discard()
    {
        IsHeldBack = false;
        Closed = AppendStatus.Sealed;
        long packets = Retained.Clear();
        _context.Metrics.Late(packets);
        SfuLinkLog.TrackClosed(_context.Logger, _identity.RecordingId, _identity.TrackId, _epoch, "gone", packets);
    }

    /// <summary>Another link feeds the track from now on.</summary>
    public void UseFence(LinkFence fence)
    {
        _needsOpening |= fence != _fence;
        _fence = fence;
    }

    /// <summary>The header changed: the grain is told before the next batch.</summary>
    public void ReopenBeforeNext() => _needsOpening = true;

    /// <summary>Asks the grain to store what it holds without waiting for more.</summary>
    public void FlushWhenSent() => _flush = true;

    /// <summary>Starts the calls that are due, unless one is in flight. Called without the gate.</summary>
    public void Kick()
    {
        lock (_gate)
        {
            if (_running || Closed == AppendStatus.Sealed || IsHeldBack || _context.Time.GetTimestamp() < _retryAt)
            {
                return;
            }

            _running = true;
        }

        _ = RunAsync();
    }

    private async Task RunAsync()
    {
        while (TryTakeCall(out CallKind kind, out RetainedBatch? batch, out TrackOpening? opening, out TrackBatch? append))
        {
            long started = _context.Time.GetTimestamp();
            try
            {
                switch (kind)
                {
                    case CallKind.Open:
                        OnOpened(await _grain.Open(opening!), opening!.Fence);
                        break;
                    case CallKind.Flush:
                        await _grain.Flush();
                        break;
                    default:
                        if (batch?.Record is { } record)
                        {
                            append = Message(append!, await _context.Spool!.ReadAsync(record));
                            started = _context.Time.GetTimestamp();
                        }

                        AppendResult result = await _grain.Append(append!);
                        _context.Metrics.Appended(_context.Time.GetElapsedTime(started));
                        OnAppended(batch, result, append!.Fence);
                        break;
                }
            }
            catch (SpoolDamagedException)
            {
                OnDamaged(batch!);
            }
            catch (Exception exception)
            {
                OnFailed(kind, exception);
            }
        }
    }

    private bool TryTakeCall(out CallKind kind, out RetainedBatch? batch, out TrackOpening? opening, out TrackBatch? append)
    {
        (batch, opening, append) = (null, null, null);
        lock (_gate)
        {
            kind = NextCall(out batch);
            switch (kind)
            {
                case CallKind.None:
                    _running = false;
                    return false;
                case CallKind.Open:
                    opening = new TrackOpening
                    {
                        Fence = _fence.Value,
                        RecordingId = _identity.RecordingId,
                        Prefix = _identity.Prefix,
                        TrackId = _identity.TrackId,
                        Header = _header(),
                        Epoch = _epoch,
                        FirstUnstored = StoredIndex + 1,
                        IsLate = _isLate,
                    };
                    break;
                case CallKind.Append:
                    append = Message(IsReplay(batch!) ? 0 : _fence.Value, batch!.FirstIndex, batch.Count, Retained.RetainedFrom(batch), batch.Blocks);
                    _probeAt = After(s_probeInterval);
                    break;
                case CallKind.Probe:
                    append = Message(_fence.Value, Retained.Next?.FirstIndex ?? Retained.EndIndex, 0, Retained.FirstIndex, []);
                    _probeAt = After(s_probeInterval);
                    break;
                case CallKind.Flush:
                    _flush = false;
                    break;
            }

            return true;
        }
    }

    private CallKind NextCall(out RetainedBatch? batch)
    {
        batch = null;
        long now = _context.Time.GetTimestamp();
        if (Closed == AppendStatus.Sealed || IsHeldBack || now < _retryAt)
        {
            return CallKind.None;
        }

        if (Retained.Next is null && _takeDue() is { } due)
        {
            Retained.Add(due with { RetainedAt = now });
        }

        if (Retained.IsEmpty)
        {
            return CallKind.None;
        }

        if (_needsOpening)
        {
            return CallKind.Open;
        }

        batch = Retained.Next;
        if (batch is not null && (Retained.SentBytes + batch.Blocks.Length <= _window || (Retained.SentBytes == 0 && _window > 0)))
        {
            return CallKind.Append;
        }

        bool blocked = batch is not null;
        batch = null;
        if (!blocked && _flush)
        {
            return CallKind.Flush;
        }

        if (blocked && _probeAt > After(s_blockedInterval))
        {
            _probeAt = After(s_blockedInterval);
        }

        return now >= _probeAt ? CallKind.Probe : CallKind.None;
    }

    // What this gateway alone holds, and the SFU went on without: it is brought whatever the track expects by now.
    private bool IsReplay(RetainedBatch batch) => batch.FirstIndex < _replayEnd;

    private TrackBatch Message(ulong fence, ulong first, int count, ulong retainedFrom, byte[] blocks) => new()
    {
        Fence = fence,
        Epoch = _epoch,
        FirstIndex = first,
        Count = count,
        RetainedFrom = retainedFrom,
        Blocks = blocks,
    };

    private static TrackBatch Message(TrackBatch message, byte[] blocks) => new()
    {
        Fence = message.Fence,
        Epoch = message.Epoch,
        FirstIndex = message.FirstIndex,
        Count = message.Count,
        RetainedFrom = message.RetainedFrom,
        Blocks = blocks,
    };

    private long After(TimeSpan delay) => _context.Time.GetTimestamp() + (long)(delay.TotalSeconds * _context.Time.TimestampFrequency);
}
