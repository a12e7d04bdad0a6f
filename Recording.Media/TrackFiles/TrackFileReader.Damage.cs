using System.Buffers.Binary;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.TrackFiles;

/// <content>What is unsound: where it ends, and what is lost with it.</content>
public sealed partial class TrackFileReader
{
    // A footer has no checksum, but the index block that it points at stands right before it. Its offset counts from the start of the
    // complete file that it closes, which may be the second of two.
    private bool IsIndexAt(ulong indexOffset) =>
        _indexOffset < 0 || indexOffset == (ulong)_indexOffset || indexOffset == (ulong)(_indexOffset - _pieceOffset);

    // One wrong bit in a header is found by its checksum: then the block's end is known, and what lies in it is not searched for blocks.
    private Step AtDamagedHeader(ReadOnlySpan<byte> span, DamageReason reason)
    {
        if (!Has(BlockHeader.Size) && !_ended)
        {
            return Step.NeedBytes;
        }

        if (!BlockHeader.TryCorrect(span, out BlockHeader header))
        {
            return Damaged(reason);
        }

        if (!Has(header.BlockLength + BlockHeader.Size) && !_ended)
        {
            return Step.NeedBytes;
        }

        if (span.Length < header.BlockLength)
        {
            return Damaged(DamageReason.Truncated);
        }

        int checksumOffset = BlockHeader.Size + header.PayloadLength;
        bool sound = BinaryPrimitives.ReadUInt32LittleEndian(span[checksumOffset..]) == Crc32C.Compute(span[BlockHeader.Size..checksumOffset]);
        return sound || IsSound(span[header.BlockLength..]) ? Damaged(reason, header.BlockLength, header) : Damaged(reason);
    }

    private static bool IsSound(ReadOnlySpan<byte> next) =>
        next.IsEmpty || BlockHeader.TryRead(next, out _) || TrackSection.TryReadPrefix(next, out _) || TrackFooter.TryRead(next, out _);

    // Notes what a sound block says of the place that the reader is at, and of damage before it.
    private void Pass(BlockHeader header)
    {
        _blocks++;
        if (header.Kind == BlockKind.Index)
        {
            _indexOffset = Offset;
            return;
        }

        for (; _unplaced > 0; _unplaced--)
        {
            Damage damage = _damage[^_unplaced];
            bool isKnown = damage.LastIndex > 0 || damage.FirstIndex == 0 || header.FirstIndex == 0 || damage.Epoch != header.Epoch;
            _damage[^_unplaced] = damage with { ToUs = header.BaseTimeUs, LastIndex = isKnown ? damage.LastIndex : header.FirstIndex - 1 };
        }

        _before = header;
        _nextIndex = header.Kind == BlockKind.Marker && BlockSequence.TryParseMarker(Payload.Span, out Marker? marker) && marker.Skipped is { } skipped
            ? skipped.LastIndex + 1
            : header.EndIndex;
    }

    // The header is sound, so its length can be trusted when something sound follows: a flipped bit in the payload then costs this
    // block only, and bytes of a packet that look like a block are not taken for one. Else the block was cut, and the next magic counts.
    private Step AtDamagedPayload(ReadOnlySpan<byte> span, int blockLength)
    {
        if (!Has(blockLength + BlockHeader.Size) && !_ended)
        {
            return Step.NeedBytes;
        }

        BlockHeader.TryRead(span, out BlockHeader header);
        return Damaged(DamageReason.BlockPayload, IsSound(span[blockLength..]) ? blockLength : 1, header);
    }

    private Step Damaged(DamageReason reason, int skip = 1, BlockHeader? block = null)
    {
        _resyncing = true;
        _damageOffset = Offset;
        _damageReason = reason;
        _damagedBlock = block;
        _indexOffset = -1;
        _scanned = Math.Min(skip, _end - _start);
        return Step.Again;
    }

    // Looks for a place behind the damage where a block header, a section or a footer begins.
    private Step Resync()
    {
        ReadOnlySpan<byte> span = _buffer.AsSpan(_start, _end - _start);
        while (true)
        {
            int hit = _scanned < span.Length ? span[_scanned..].IndexOf((byte)'R') : -1;
            if (hit < 0)
            {
                _scanned = span.Length;
                break;
            }

            _scanned += hit;
            ReadOnlySpan<byte> candidate = span[_scanned..];
            if (candidate.Length < BlockHeader.Size && !_ended)
            {
                break;
            }

            if (BlockHeader.TryRead(candidate, out _) || TrackSection.TryReadPrefix(candidate, out _))
            {
                return Resume(_scanned);
            }

            int footer = _scanned - (TrackFooter.Size - TrackFooter.Magic.Length);
            if (footer > 0 && candidate.StartsWith(TrackFooter.Magic) && IsFooter(span[footer..], footer))
            {
                return Resume(footer);
            }

            _scanned++;
        }

        if (_ended)
        {
            return Resume(span.Length);
        }

        // What is scanned can go, but for the eight bytes that may be a footer's offset.
        int spent = Math.Max(0, _scanned - TrackFooter.Size);
        Consume(spent);
        _scanned -= spent;
        _wanted = (_end - _start) + BlockHeader.Size;
        return Step.NeedBytes;
    }

    // The same eight bytes may stand in a packet: a footer points at what lies before it, and only the end or a section follows.
    private bool IsFooter(ReadOnlySpan<byte> candidate, int at) =>
        TrackFooter.TryRead(candidate, out ulong indexOffset)
        && indexOffset < (ulong)(Offset + at)
        && (candidate.Length == TrackFooter.Size || candidate[TrackFooter.Size..].StartsWith(TrackSection.Magic));

    private Step Resume(int count)
    {
        Consume(count);
        _resyncing = false;
        long length = Offset - _damageOffset;
        bool isOneBlock = _damagedBlock is { } block && block.BlockLength == length;
        DamagedBytes += length;
        DamageCount++;
        if (_damage.Count > 0 && _damage[^1].Offset + _damage[^1].Length == _damageOffset)
        {
            DamageCount--;
            _damage[^1] = _damage[^1] with { Length = _damage[^1].Length + length, LastIndex = isOneBlock && _damagedBlock is { Kind: BlockKind.Data } more ? more.EndIndex - 1 : 0 };
        }
        else if (_damage.Count < MaxDamageEntries)
        {
            Damage placed = Placed(new Damage(_damageOffset, length, _damageReason) { Block = _blocks });
            _damage.Add(isOneBlock ? placed : placed with { LastIndex = 0 });
            _blocks++;
            _unplaced++;
        }

        return Step.Again;
    }

    // A block with a sound header says itself what is lost with it; else it lies between the sound blocks around it.
    private Damage Placed(Damage damage) => (_damagedBlock, _before) switch
    {
        ({ Kind: BlockKind.Data } block, _) => damage with { Epoch = block.Epoch, FirstIndex = block.FirstIndex, LastIndex = block.EndIndex - 1, FromUs = block.BaseTimeUs },
        ({ Kind: BlockKind.Index or BlockKind.Format } block, _) => damage with { Epoch = block.Epoch, FromUs = block.BaseTimeUs },
        (_, { } before) => damage with { Epoch = before.Epoch, FirstIndex = _nextIndex, FromUs = before.BaseTimeUs },
        _ => damage,
    };
}
