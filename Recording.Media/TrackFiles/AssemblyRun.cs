using System.Buffers;
using Google.Protobuf;
using Recording.Media.TrackFiles.Wire;
using Recording.Model;

namespace Recording.Media.TrackFiles;

/// <summary>One assembly under way: what is written, what of the epoch is held, which header and format the file stands at.</summary>
internal sealed class AssemblyRun(Stream stream) : IDisposable
{
    private const int MaxPendingGaps = 1000;
    private const int MaxRepeatedMarkers = 1000;

    private readonly HashedOutput _output = new(stream);
    private readonly AssemblyCounters _counters = new();
    private readonly ArrayBufferWriter<byte> _block = new();
    private readonly List<Marker> _pendingGaps = [];
    private readonly HashSet<ByteString> _markersHere = [];
    private byte[] _readBuffer = TrackFileReader.NewBuffer();
    private byte[]? _header;
    private TrackFormat _format = new();
    private ulong _epoch;
    private ulong _next;
    private bool _epochBegan;
    private BlockHeader _lastHeader;

    public void Dispose() => _output.Dispose();

    public void BeginEpoch(ulong epoch)
    {
        _epoch = epoch;
        _epochBegan = false;
        _next = 0;
        _markersHere.Clear();
    }

    /// <summary>Whether all that a segment holds is written already.</summary>
    public bool Holds(SegmentKey key) => _epochBegan && key.Count > 0 && key.LastIndex < _next;

    public async Task AddAsync(SegmentSource segment, CancellationToken cancellationToken)
    {
        Stream? opened = await segment.Open(cancellationToken);
        if (opened is null)
        {
            throw new RecordingException(RecordingErrorCode.NotFound, $"Segment '{segment.Key}' is not in the store.");
        }

        await using (opened)
        {
            await CopyAsync(segment, opened, cancellationToken);
        }
    }

    /// <summary>Notes the holes at the end that a marker told of.</summary>
    public async Task EndEpochAsync(CancellationToken cancellationToken)
    {
        ulong last = 0;
        ulong first = _epochBegan ? _next : ulong.MaxValue;
        foreach (Marker gap in _pendingGaps)
        {
            last = Math.Max(last, gap.Gap.LastIndex);
            first = _epochBegan ? first : Math.Min(first, gap.Gap.FirstIndex);
        }

        if (_pendingGaps.Count > 0)
        {
            await HoleAsync(first, last, explainedOnly: true, cancellationToken);
        }
    }

    public async Task<AssemblyResult> FinishAsync(CancellationToken cancellationToken)
    {
        long offset = _output.Position;
        TrackIndex index = _counters.Index.Build();
        var header = new BlockHeader(BlockKind.Index, BlockFlags.None, 0, 0, _lastHeader.Epoch, 0, index.FirstTimeUs, 0);
        await WriteBlockAsync(header, index.ToByteArray(), cancellationToken);
        byte[] footer = new byte[TrackFooter.Size];
        TrackFooter.Write(footer, (ulong)offset);
        await _output.WriteAsync(footer, cancellationToken);
        string sha256 = await _output.FinishAsync(cancellationToken);
        return _counters.Result(sha256, _output.Position, _format);
    }

    private async Task CopyAsync(SegmentSource segment, Stream opened, CancellationToken cancellationToken)
    {
        var reader = new TrackFileReader(opened, 0, _readBuffer);
        try
        {
            await CopyAsync(segment, reader, cancellationToken);
        }
        finally
        {
            _readBuffer = reader.Buffer;
        }
    }

    private async Task CopyAsync(SegmentSource segment, TrackFileReader reader, CancellationToken cancellationToken)
    {
        SegmentKey key = segment.Key;
        bool begun = false;
        bool formatPending = false;
        ulong local = key.FirstIndex;
        while (await reader.ReadAsync(cancellationToken))
        {
            ThrowIfDamaged(key, reader);
            switch (reader.Kind)
            {
                case TrackItemKind.Section:
                    begun = true;
                    formatPending = true;
                    await SectionAsync(reader, cancellationToken);
                    break;
                case TrackItemKind.Block when !begun:
                    throw Damaged(key, "it does not begin with a section");
                case TrackItemKind.Block when reader.Header.Kind == BlockKind.Format:
                    formatPending = true;
                    break;
                case TrackItemKind.Block:
                    (ulong from, ulong to) = RangeOf(key, reader, local);
                    bool counts = to > from;
                    bool held = _epochBegan && (counts ? to <= _next : local < _next);
                    local = Math.Max(local, to);
                    if (held || reader.Header.Kind is not (BlockKind.Data or BlockKind.Marker))
                    {
                        break;
                    }

                    if (formatPending)
                    {
                        formatPending = false;
                        await FormatAsync(reader, cancellationToken);
                    }

                    await BlockAsync(reader, from, to, cancellationToken);
                    break;
                default:
                    break;
            }
        }

        ThrowIfDamaged(key, reader);
        if (formatPending && local >= _next)
        {
            await FormatAsync(reader, cancellationToken);
        }

        if (!begun || (key.Count > 0 && local != key.LastIndex + 1) || (segment.Size is { } size && size != reader.Offset))
        {
            throw Damaged(key, $"it ends at index {local - 1} and byte {reader.Offset}");
        }
    }

    // Indexes that a block counts, [from, to); equal when it counts none.
    private (ulong From, ulong To) RangeOf(SegmentKey key, TrackFileReader reader, ulong local)
    {
        BlockHeader header = reader.Header;
        ulong from = local;
        ulong count = 0;
        if (header.Kind == BlockKind.Data)
        {
            int entries = 0;
            var payload = new DataPayloadReader(reader.Payload.Span, header.BaseTimeUs);
            while (payload.Read())
            {
                entries++;
            }

            if (payload.IsDamaged || entries != header.PacketCount)
            {
                throw Damaged(key, $"the block at byte {reader.Offset} holds {entries} entries, its header says {header.PacketCount}");
            }

            from = header.FirstIndex;
            count = (ulong)entries;
        }
        else if (header.Kind == BlockKind.Marker)
        {
            if (!BlockSequence.TryParseMarker(reader.Payload.Span, out Marker? marker))
            {
                throw Damaged(key, $"the marker at byte {reader.Offset} does not parse");
            }

            if (marker.Skipped is { } skipped)
            {
                from = skipped.FirstIndex;
                count = skipped.LastIndex - skipped.FirstIndex + 1;
            }
        }

        if (count > 0 && (header.Epoch != _epoch || from < local || from + count - 1 > key.LastIndex || from + count - 1 < from))
        {
            throw Damaged(key, $"the block at byte {reader.Offset} holds indexes {from} to {from + count - 1} of epoch {header.Epoch:x16}");
        }

        return count == 0 ? (local, local) : (from, from + count);
    }

    // A section is written where the file does not stand at its header and format already.
    private async Task SectionAsync(TrackFileReader reader, CancellationToken cancellationToken)
    {
        TrackHeader header = reader.Section!.Clone();
        header.Format = new TrackFormat();
        byte[] identity = header.ToByteArray();
        if (_header is not null && identity.AsSpan().SequenceEqual(_header))
        {
            return;
        }

        _header = identity;
        _format = reader.Section.Format;
        _counters.Use(_format);
        await _output.WriteAsync(reader.Item, cancellationToken);
    }

    private async Task FormatAsync(TrackFileReader reader, CancellationToken cancellationToken)
    {
        TrackFormat format = reader.Format!;
        if (!format.Equals(_format))
        {
            _format = format;
            _counters.Use(format);
            BlockHeader header = reader.Header with { Kind = BlockKind.Format, Flags = BlockFlags.None, PacketCount = 0, FirstIndex = _next, Epoch = _epoch };
            await WriteBlockAsync(header, format.ToByteArray(), cancellationToken);
        }
    }

    private async Task BlockAsync(TrackFileReader reader, ulong from, ulong to, CancellationToken cancellationToken)
    {
        BlockHeader header = reader.Header;
        if (to == from)
        {
            await MarkerAsync(reader, cancellationToken);
            return;
        }

        await BeforeAsync(from, cancellationToken);
        _lastHeader = header;
        _markersHere.Clear();
        long offset = _output.Position;
        if (from >= _next || !_epochBegan)
        {
            Count(header, reader.Payload.Span, offset);
            await _output.WriteAsync(reader.Item, cancellationToken);
        }
        else
        {
            _block.ResetWrittenCount();
            BlockTrimmer.TrimBlock(_block, header, reader.Payload.Span, _next);
            Block.TryRead(_block.WrittenSpan, out BlockHeader trimmed, out ReadOnlySpan<byte> payload);
            Count(trimmed, payload, offset);
            await _output.WriteAsync(_block.WrittenMemory, cancellationToken);
        }

        _next = to;
        _epochBegan = true;
    }

    private void Count(BlockHeader header, ReadOnlySpan<byte> payload, long offset)
    {
        if (header.Kind == BlockKind.Data)
        {
            _counters.Data(header, payload, offset);
        }
        else
        {
            _counters.Index.Block(header, offset);
        }
    }

    // What lies between the last written index and this one is a hole: markers that came before tell why.
    private async Task BeforeAsync(ulong first, CancellationToken cancellationToken)
    {
        ulong from = _epochBegan ? _next : first;
        if (!_epochBegan)
        {
            foreach (Marker gap in _pendingGaps)
            {
                from = Math.Min(from, gap.Gap.FirstIndex);
            }
        }

        if (from < first)
        {
            await HoleAsync(from, first - 1, explainedOnly: !_epochBegan, cancellationToken);
        }

        _pendingGaps.Clear();
    }

    private async Task HoleAsync(ulong first, ulong last, bool explainedOnly, CancellationToken cancellationToken)
    {
        ulong cursor = first;
        Marker[] gaps = [.. _pendingGaps.OrderBy(gap => gap.Gap.FirstIndex)];
        _pendingGaps.Clear();
        foreach (Marker gap in gaps)
        {
            ulong from = Math.Max(cursor, gap.Gap.FirstIndex);
            ulong to = Math.Min(last, gap.Gap.LastIndex);
            if (from > to)
            {
                continue;
            }

            if (from > cursor && !explainedOnly)
            {
                await GapAsync(cursor, from - 1, "lost", 0, 0, cancellationToken);
            }

            await GapAsync(from, to, gap.Gap.Reason, gap.TimeUs, gap.Gap.DurationUs, cancellationToken);
            if (to == ulong.MaxValue)
            {
                return;
            }

            cursor = to + 1;
        }

        if (cursor <= last && !explainedOnly)
        {
            await GapAsync(cursor, last, "lost", 0, 0, cancellationToken);
        }
    }

    private async Task GapAsync(ulong first, ulong last, string reason, long timeUs, long durationUs, CancellationToken cancellationToken)
    {
        _counters.Gap(new AssembledGap(_epoch, first, last, reason, timeUs, durationUs));
        var marker = new Marker
        {
            TimeUs = timeUs,
            Gap = new Marker.Types.Gap { FirstIndex = first, LastIndex = last, Reason = reason, DurationUs = durationUs },
        };
        await WriteBlockAsync(MarkerHeader(first), marker.ToByteArray(), cancellationToken);
    }

    private async Task MarkerAsync(TrackFileReader reader, CancellationToken cancellationToken)
    {
        Marker marker = Marker.Parser.ParseFrom(reader.Payload.Span);
        if (marker.Gap is { FirstIndex: > 0 } gap)
        {
            // Whether it is a hole shows with what follows: an index that was given up may have come after all.
            if (gap.LastIndex >= gap.FirstIndex && _pendingGaps.Count < MaxPendingGaps)
            {
                _pendingGaps.Add(marker);
            }

            return;
        }

        // Two activations, or a batch sent twice, may both have noted it.
        if (_markersHere.Count < MaxRepeatedMarkers && !_markersHere.Add(ByteString.CopyFrom(reader.Payload.Span)))
        {
            return;
        }

        _counters.Note(marker, reader.Header, _epoch);
        _counters.Index.Block(reader.Header, _output.Position);
        await _output.WriteAsync(reader.Item, cancellationToken);
    }

    private BlockHeader MarkerHeader(ulong firstIndex) =>
        new(BlockKind.Marker, BlockFlags.None, 0, 0, _epoch, firstIndex, _lastHeader.BaseTimeUs, _lastHeader.ReceivedTimeUs);

    private async Task WriteBlockAsync(BlockHeader header, byte[] payload, CancellationToken cancellationToken)
    {
        _block.ResetWrittenCount();
        Block.Write(_block, header, payload);
        if (header.Kind != BlockKind.Index)
        {
            _counters.Index.Block(header, _output.Position);
        }

        await _output.WriteAsync(_block.WrittenMemory, cancellationToken);
    }

    private static void ThrowIfDamaged(SegmentKey key, TrackFileReader reader)
    {
        if (reader.DamageCount > 0)
        {
            Damage damage = reader.Damage[0];
            throw Damaged(key, $"{damage.Length} bytes at {damage.Offset} are unreadable ({damage.Reason})");
        }
    }

    private static RecordingException Damaged(SegmentKey key, string fault) =>
        new(RecordingErrorCode.IntegrityCheckFailed, $"Segment '{key}' is damaged: {fault}.");
}
