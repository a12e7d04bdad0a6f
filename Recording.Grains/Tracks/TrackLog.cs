using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Recording.Grains.Abstractions.Tracks;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;
using Recording.Model;
using Recording.Storage;

namespace Recording.Grains.Tracks;

/// <summary>
/// The rules of one track, without actor or store: which batches are taken, what becomes a segment, what counts as stored.
/// Single-threaded; an answer never waits for the store.
/// </summary>
internal sealed class TrackLog(TrackOptions options, TimeProvider time, string activation)
{
    private readonly Dictionary<ulong, EpochProgress> _epochs = [];
    private readonly TrackStatistics _statistics = new();
    private readonly RollUpPlan _rollUp = new(options);
    private SegmentWriter? _writer;
    private TrackOpening? _opening;
    private int _pendingBytes;
    private readonly Dictionary<TrackSegment, long> _takenAt = [];
    private TrackBatch? _lastMarkers;
    private long _openedAt;
    private long _calledAt;

    /// <summary>Takes nothing more.</summary>
    public bool IsSealed { get; private set; }

    /// <summary>Segments cut and not stored yet.</summary>
    public int PendingSegments { get; private set; }

    /// <summary>Accepted bytes that are not stored.</summary>
    public int UnstoredBytes => _pendingBytes + (_writer?.GatheredBytes ?? 0);

    /// <summary>Whether a segment is open.</summary>
    public bool IsOpen => _writer?.IsOpen ?? false;

    /// <summary>How long the oldest open segment is open.</summary>
    public TimeSpan OpenFor => _writer?.OpenFor ?? TimeSpan.Zero;

    /// <summary>Indexes that came after the track was sealed.</summary>
    public long Late { get; private set; }

    /// <summary>Indexes that never came.</summary>
    public long MissingIndexes { get; private set; }

    /// <summary>Batches refused because their blocks are damaged or do not fit.</summary>
    public long MalformedBatches { get; private set; }

    /// <summary>What was wrong with the last malformed batch.</summary>
    public string? LastFault { get; private set; }

    /// <summary>Says who the track is and from where the gateway continues.</summary>
    public AppendResult Open(TrackOpening opening)
    {
        _calledAt = time.GetTimestamp();
        _openedAt = _openedAt == 0 ? _calledAt : _openedAt;

        // By epoch: what an older link holds of a session of its own is nobody else's to bring (an SFU without rtp_ack has a session a stream).
        if (_epochs.TryGetValue(opening.Epoch, out EpochProgress? epoch) && IsFenced(opening.Fence, epoch))
        {
            return Answer(AppendStatus.Fenced, epoch);
        }

        TrackHeader header = Identify(opening);
        ulong firstUnstored = Math.Max(1, opening.FirstUnstored);
        if (epoch is null)
        {
            epoch = new EpochProgress(opening.Epoch, firstUnstored);
            _epochs.Add(opening.Epoch, epoch);
        }
        else
        {
            epoch.MarkStoredBefore(firstUnstored);
        }

        epoch.Fence = Math.Max(epoch.Fence, opening.Fence);
        epoch.IsLate |= opening.IsLate;
        Use(epoch, header);
        return Answer(IsSealed && !epoch.IsLate ? AppendStatus.Sealed : AppendStatus.Accepted, epoch);
    }

    /// <summary>Takes a batch or says why not.</summary>
    public AppendResult Append(TrackBatch batch)
    {
        _calledAt = time.GetTimestamp();
        if (batch.Count < 0 || batch.FirstIndex == 0 || batch.Blocks is null || batch.Blocks.Length > options.MaxBatchBytes
            || batch.FirstIndex + (ulong)batch.Count < batch.FirstIndex)
        {
            return Refuse(batch, "count, first index or size is out of range");
        }

        _ = _epochs.TryGetValue(batch.Epoch, out EpochProgress? epoch);
        if (IsSealed && epoch is not { IsLate: true })
        {
            Late += batch.Count;
            ulong end = batch.FirstIndex + (ulong)batch.Count;
            return new AppendResult(AppendStatus.Sealed, end, end - 1, options.WindowBytes);
        }

        if (epoch is null)
        {
            return new AppendResult(AppendStatus.NeedsOpening, 0, 0, 0);
        }

        if (IsFenced(batch.Fence, epoch))
        {
            return Answer(AppendStatus.Fenced, epoch);
        }

        epoch.Fence = Math.Max(epoch.Fence, batch.Fence);
        return batch.Blocks.Length == 0 && batch.Count == 0 ? Ask(batch, epoch) : Take(batch, epoch);
    }

    /// <summary>Ends the open segments that are due, or all; then <see cref="TryTake"/> gives it.</summary>
    /// <param name="interval">Age at which it is due; zero = at once.</param>
    public void Cut(TimeSpan interval)
    {
        if (interval <= TimeSpan.Zero || PendingSegments < options.MaxPendingSegments)
        {
            _writer?.Cut(interval);
        }
    }

    /// <summary>The next segment to put; it counts as pending until <see cref="MarkStored"/> or <see cref="Abandon"/>.</summary>
    public bool TryTake([NotNullWhen(true)] out TrackSegment? segment)
    {
        segment = null;
        if (_writer is null || !_writer.TryTake(out segment))
        {
            return false;
        }

        _takenAt[segment] = time.GetTimestamp();
        PendingSegments++;
        _pendingBytes += segment.Length;
        return true;
    }

    /// <summary>A segment's Put returned.</summary>
    public void MarkStored(TrackSegment segment)
    {
        Leave(segment);
        if (_epochs.TryGetValue(segment.Key.Epoch, out EpochProgress? epoch))
        {
            epoch.MarkStored(segment.Key.FirstIndex, segment.Key.LastIndex);
        }

        _rollUp.Add(new StoredPart(segment.Key, segment.ObjectKey, segment.Length, segment.Checksum));
    }

    /// <summary>A segment's Put was told to stop; the gateway still holds what is in it.</summary>
    public void Abandon(TrackSegment segment) => Leave(segment);

    /// <summary>What a listing of the track's segments showed; it can only raise what counts as stored.</summary>
    public void Confirm(IEnumerable<SegmentKey> stored, bool isSealed)
    {
        foreach (SegmentKey key in stored)
        {
            if (key.LastIndex >= key.FirstIndex && _epochs.TryGetValue(key.Epoch, out EpochProgress? epoch))
            {
                epoch.MarkStored(key.FirstIndex, key.LastIndex);
            }
        }

        if (isSealed)
        {
            IsSealed = true;
            Late += (long)(_writer?.Discard(epoch => !_epochs.TryGetValue(epoch, out EpochProgress? found) || !found.IsLate) ?? 0);
        }
    }

    /// <summary>The listing ended, well or not: from now on a hole is a loss.</summary>
    public void EndConfirming(ulong epoch)
    {
        if (_epochs.TryGetValue(epoch, out EpochProgress? progress))
        {
            progress.IsConfirming = false;
        }
    }

    /// <summary>Takes nothing more; what is open is cut.</summary>
    public void Seal()
    {
        IsSealed = true;
        _writer?.Cut(TimeSpan.Zero);
    }

    /// <summary>Stored segments that are worth merging into one, or null.</summary>
    public IReadOnlyList<StoredPart>? PlanRollUp() =>
        _opening is null || IsSealed ? null : _rollUp.Next(epoch => _epochs.TryGetValue(epoch, out EpochProgress? found) ? found.Stored : 0);

    /// <summary>Counters since this activation.</summary>
    public TrackFigures GetFigures() => new()
    {
        Packets = _statistics.Packets,
        Bytes = _statistics.Bytes,
        MissingIndexes = MissingIndexes,
        Lost = _statistics.Lost,
        Duplicates = _statistics.Duplicates,
        Reordered = _statistics.Reordered,
        JitterMs = _statistics.JitterMs,
        StoredIndex = _opening is not null && _epochs.TryGetValue(_opening.Epoch, out EpochProgress? epoch) ? epoch.Stored : 0,
        LastTimeUs = _statistics.LastTimeUs,
        Late = Late,
        WaitingUs = (long)Waiting().TotalMicroseconds,
        SinceCallUs = _calledAt == 0 ? null : (long)time.GetElapsedTime(_calledAt).TotalMicroseconds,
    };

    // Fence 0: no link but a spool. What it holds was acknowledged under its epoch and index, and the link that came after it may not have it.
    private static bool IsFenced(ulong fence, EpochProgress epoch) => fence != 0 && fence < epoch.Fence;

    private TrackHeader Identify(TrackOpening opening)
    {
        if (_opening is not null
            && (_opening.Prefix != opening.Prefix || _opening.TrackId != opening.TrackId || _opening.RecordingId != opening.RecordingId))
        {
            throw new RecordingException(
                RecordingErrorCode.ProtocolViolation, $"This track is {_opening.Prefix}{_opening.TrackId}, not {opening.Prefix}{opening.TrackId}.");
        }

        TrackHeader header;
        try
        {
            header = TrackHeader.Parser.ParseFrom(opening.Header);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new RecordingException(RecordingErrorCode.ProtocolViolation, "The track header is no TrackHeader message.", exception);
        }

        _writer ??= new SegmentWriter(options, time, RecordingKeys.Segments(opening.Prefix, opening.TrackId), activation);
        _opening = _opening is { } newest && newest.Fence > opening.Fence ? newest : opening;
        return header;
    }

    private void Use(EpochProgress epoch, TrackHeader header)
    {
        epoch.Header = header;
        epoch.Section = TrackSection.Encode(header);
        _statistics.UseFormat(header.Format);
    }

    /// <summary>An empty batch: nothing to take, but it may say that a tail is lost.</summary>
    private AppendResult Ask(TrackBatch batch, EpochProgress epoch)
    {
        ulong lostBefore = Math.Min(batch.RetainedFrom, batch.FirstIndex);
        if (lostBefore > epoch.Expected && !epoch.IsConfirming)
        {
            GiveUp(epoch, lostBefore - 1, batch.FirstIndex);
        }

        return Answer(AppendStatus.Accepted, epoch);
    }

    private AppendResult Take(TrackBatch batch, EpochProgress epoch)
    {
        ulong next = batch.FirstIndex + (ulong)batch.Count;
        ulong from = Math.Max(batch.FirstIndex, epoch.Expected);
        bool isHeld = batch.Count > 0 && next <= epoch.Expected;
        ulong heldEnd = Math.Min(next, epoch.Expected);
        bool isReturning;
        if (batch.Fence == 0 && batch.Count > 0 && batch.FirstIndex < heldEnd)
        {
            // From a spool. The SFU went on behind what this spool had acknowledged, at another gateway, which took the hole for a loss: only a segment
            // proves that something is stored.
            if (epoch.IsConfirming)
            {
                return Answer(AppendStatus.Rewind, epoch) with { WindowBytes = 0 };
            }

            isReturning = !epoch.IsEvident(batch.FirstIndex, heldEnd - 1, out ulong missing);
            from = isReturning ? missing : from;
        }
        else
        {
            isReturning = isHeld && epoch.IsGivenUp(batch.FirstIndex, next - 1, out from);
        }

        if (isHeld && !isReturning)
        {
            return Answer(AppendStatus.Accepted, epoch);
        }

        bool hole = batch.FirstIndex > epoch.Expected;
        if (hole && (batch.RetainedFrom < batch.FirstIndex || epoch.IsConfirming))
        {
            // While the listing runs the missing part may prove to be stored: window 0 makes the gateway ask again in a second.
            bool wait = batch.RetainedFrom >= batch.FirstIndex;
            AppendResult rewind = Answer(AppendStatus.Rewind, epoch);
            return wait ? rewind with { WindowBytes = 0 } : rewind;
        }

        if (UnstoredBytes >= options.WindowBytes)
        {
            return Answer(AppendStatus.Rewind, epoch);
        }

        if (!BlockSequence.IsValid(batch.Blocks, batch.Epoch, batch.FirstIndex, batch.Count, out string? fault))
        {
            return Refuse(batch, fault!);
        }

        if (batch.Count == 0 && IsRepeatedMarker(batch))
        {
            return Answer(AppendStatus.Accepted, epoch);
        }

        if (hole)
        {
            GiveUp(epoch, batch.FirstIndex - 1, batch.FirstIndex);
        }

        byte[] blocks = from > batch.FirstIndex && batch.Count > 0
            ? BlockTrimmer.TrimFront(batch.Blocks, batch.Epoch, batch.FirstIndex, from)
            : batch.Blocks;
        ulong first = batch.Count > 0 ? from : epoch.Expected;
        _writer!.Add(epoch.Section, epoch.Epoch, first, Math.Max(first, next), blocks);
        Count(epoch, blocks);
        if (isReturning)
        {
            epoch.Return(from, heldEnd - 1);
        }

        epoch.Take(next);

        return Answer(AppendStatus.Accepted, epoch);
    }

    /// <summary>Notes a loss in the file: a gap marker at the front of what follows it.</summary>
    private void GiveUp(EpochProgress epoch, ulong last, ulong next)
    {
        foreach ((ulong first, ulong end) in epoch.GiveUp(last))
        {
            MissingIndexes += (long)(end - first + 1);
            var marker = new Marker { Gap = new Marker.Types.Gap { FirstIndex = first, LastIndex = end, Reason = "lost" } };
            byte[] payload = marker.ToByteArray();
            var header = new BlockHeader(
                BlockKind.Marker, BlockFlags.None, payload.Length, 0, epoch.Epoch, next, 0, time.GetUtcNow().ToUnixTimeMilliseconds() * 1000);
            byte[] block = new byte[header.BlockLength];
            Block.Write(block, header, payload);
            _writer!.Add(epoch.Section, epoch.Epoch, next, next, block);
        }
    }

    /// <summary>Statistics of what was taken; a new format holds for the segments that begin after it.</summary>
    private void Count(EpochProgress epoch, ReadOnlySpan<byte> blocks)
    {
        while (BlockHeader.TryRead(blocks, out BlockHeader header))
        {
            ReadOnlySpan<byte> payload = blocks.Slice(BlockHeader.Size, header.PayloadLength);
            if (header.Kind == BlockKind.Data)
            {
                _statistics.Add(header, payload);
            }
            else if (header.Kind == BlockKind.Format)
            {
                UseFormat(epoch, payload);
            }

            blocks = blocks[header.BlockLength..];
        }
    }

    private void UseFormat(EpochProgress epoch, ReadOnlySpan<byte> payload)
    {
        try
        {
            epoch.Header.Format = TrackFormat.Parser.ParseFrom(payload);
        }
        catch (InvalidProtocolBufferException exception)
        {
            LastFault = exception.Message;
            return;
        }

        Use(epoch, epoch.Header);
    }

    /// <summary>Markers have no index, so a call that was repeated after a timeout is known by its bytes.</summary>
    private bool IsRepeatedMarker(TrackBatch batch)
    {
        bool repeated = _lastMarkers is not null && _lastMarkers.Epoch == batch.Epoch && _lastMarkers.FirstIndex == batch.FirstIndex
            && batch.Blocks.AsSpan().SequenceEqual(_lastMarkers.Blocks);
        _lastMarkers = batch;
        return repeated;
    }

    // An epoch is confirmed by a listing: until it has come nothing is taken.
    private TimeSpan Waiting()
    {
        TimeSpan waiting = OpenFor;
        foreach (long takenAt in _takenAt.Values)
        {
            TimeSpan since = time.GetElapsedTime(takenAt);
            waiting = since > waiting ? since : waiting;
        }

        return _epochs.Values.Any(static e => e.IsConfirming) && time.GetElapsedTime(_openedAt) is var listing && listing > waiting ? listing : waiting;
    }

    private void Leave(TrackSegment segment)
    {
        _takenAt.Remove(segment);
        PendingSegments--;
        _pendingBytes -= segment.Length;
    }

    private AppendResult Refuse(TrackBatch batch, string fault)
    {
        MalformedBatches++;
        LastFault = fault;
        return Answer(AppendStatus.Malformed, _epochs.GetValueOrDefault(batch.Epoch));
    }

    private AppendResult Answer(AppendStatus status, EpochProgress? epoch) =>
        new(status, epoch?.Expected ?? 0, epoch?.Stored ?? 0, UnstoredBytes < options.WindowBytes ? options.WindowBytes : 0, UnstoredBytes > 0);
}
