using System.Buffers.Binary;
using Google.Protobuf;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.TrackFiles;

/// <summary>
/// Reads a track file (or a segment, or segments one behind the other) item by item from any stream, with memory for one block.
/// It never throws on what it reads: damage is noted with its place, and reading goes on at the next magic behind it.
/// </summary>
public sealed partial class TrackFileReader
{
    /// <summary>Damages that are kept one by one; beyond that they are only counted.</summary>
    public const int MaxDamageEntries = 1000;

    private const int MinBuffer = 32 * 1024;

    private readonly Stream _stream;
    private readonly List<Damage> _damage = [];
    private byte[] _buffer;
    private int _start;
    private int _end;
    private bool _ended;
    private int _itemLength;
    private int _wanted;
    private bool _resyncing;
    private int _scanned;
    private long _damageOffset;
    private DamageReason _damageReason;
    private BlockHeader? _damagedBlock;
    private BlockHeader? _before;
    private ulong _nextIndex;
    private int _unplaced;
    private long _blocks;
    private long _indexOffset = -1;
    private long _pieceOffset;

    /// <param name="stream">Where the file stands; it need not be seekable and is not closed.</param>
    /// <param name="offset">Place of the stream's next byte in the file, for the offsets that are reported.</param>
    public TrackFileReader(Stream stream, long offset = 0)
        : this(stream, offset, new byte[MinBuffer])
    {
    }

    /// <summary>Reads with the buffer of an earlier reader that is done: many small files then cost no memory each.</summary>
    internal TrackFileReader(Stream stream, long offset, byte[] buffer)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
        Offset = offset;
        _pieceOffset = offset;
        _buffer = buffer;
    }

    /// <summary>What it reads with, for the next reader.</summary>
    internal byte[] Buffer => _buffer;

    /// <summary>A buffer to begin with.</summary>
    internal static byte[] NewBuffer() => new byte[MinBuffer];

    private enum Step
    {
        NeedBytes,
        Item,
        Again,
        End,
    }

    /// <summary>What the reader stands on.</summary>
    public TrackItemKind Kind { get; private set; }

    /// <summary>First byte of the current item, from the start of the file.</summary>
    public long Offset { get; private set; }

    /// <summary>Bytes of the current item.</summary>
    public int Length => _itemLength;

    /// <summary>The newest section's header; null before the first.</summary>
    public TrackHeader? Section { get; private set; }

    /// <summary>The format that holds here: the section's, or that of the last format block in it.</summary>
    public TrackFormat? Format { get; private set; }

    /// <summary>The current block's header.</summary>
    public BlockHeader Header { get; private set; }

    /// <summary>The current block's payload; valid until the next read.</summary>
    public ReadOnlyMemory<byte> Payload { get; private set; }

    /// <summary>The current block, section start or footer as it stands in the file; valid until the next read.</summary>
    public ReadOnlyMemory<byte> Item => _buffer.AsMemory(_start, _itemLength);

    /// <summary>Where the current footer says that the index block lies.</summary>
    public ulong IndexOffset { get; private set; }

    /// <summary>What was skipped so far, in order, the first <see cref="MaxDamageEntries"/>.</summary>
    public IReadOnlyList<Damage> Damage => _damage;

    /// <summary>Stretches that were skipped so far.</summary>
    public long DamageCount { get; private set; }

    /// <summary>Bytes that were skipped so far.</summary>
    public long DamagedBytes { get; private set; }

    /// <summary>Moves to the next item; false at the end of the stream.</summary>
    public bool Read()
    {
        Leave();
        while (true)
        {
            Step step = Advance();
            if (step == Step.NeedBytes)
            {
                MakeRoom();
                Filled(_stream.Read(_buffer.AsSpan(_end)));
            }
            else if (step != Step.Again)
            {
                return step == Step.Item;
            }
        }
    }

    /// <summary>Moves to the next item; false at the end of the stream.</summary>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken = default)
    {
        Leave();
        while (true)
        {
            Step step = Advance();
            if (step == Step.NeedBytes)
            {
                MakeRoom();
                Filled(await _stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken));
            }
            else if (step != Step.Again)
            {
                return step == Step.Item;
            }
        }
    }

    private void Leave()
    {
        Kind = TrackItemKind.None;
        Payload = default;
        Consume(_itemLength);
        _itemLength = 0;
    }

    private void Consume(int count)
    {
        _start += count;
        Offset += count;
    }

    private void MakeRoom()
    {
        if (_start > 0)
        {
            System.Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
            _end -= _start;
            _start = 0;
        }

        // Grows as bytes come, and not by what a header says: at most one block and the next header.
        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Min(Math.Max(_wanted, _buffer.Length + MinBuffer), _buffer.Length * 2));
        }
    }

    private void Filled(int read)
    {
        _end += read;
        _ended |= read == 0;
    }

    private bool Has(int count)
    {
        if (_end - _start >= count)
        {
            return true;
        }

        _wanted = count;
        return false;
    }

    private Step Advance()
    {
        if (_resyncing)
        {
            return Resync();
        }

        if (!Has(TrackFooter.Size) && !_ended)
        {
            return Step.NeedBytes;
        }

        ReadOnlySpan<byte> span = _buffer.AsSpan(_start, _end - _start);
        if (span.IsEmpty)
        {
            return Step.End;
        }

        if (span.StartsWith(BlockHeader.Magic))
        {
            return AtBlock(span);
        }

        if (span.StartsWith(TrackSection.Magic))
        {
            return AtSection(span);
        }

        if (TrackFooter.TryRead(span, out ulong indexOffset))
        {
            if (!IsIndexAt(indexOffset))
            {
                return Damaged(DamageReason.Footer, TrackFooter.Size);
            }

            IndexOffset = indexOffset;
            return Found(TrackItemKind.Footer, TrackFooter.Size);
        }

        return span.Length < TrackFooter.Size ? Damaged(DamageReason.Truncated) : AtDamagedHeader(span, DamageReason.Unrecognised);
    }

    private Step AtBlock(ReadOnlySpan<byte> span)
    {
        if (!Has(BlockHeader.Size))
        {
            return _ended ? Damaged(DamageReason.Truncated) : Step.NeedBytes;
        }

        if (!BlockHeader.TryRead(span, out BlockHeader header))
        {
            return AtDamagedHeader(span, DamageReason.BlockHeader);
        }

        if (!Has(header.BlockLength))
        {
            return _ended ? Damaged(DamageReason.Truncated) : Step.NeedBytes;
        }

        int checksumOffset = BlockHeader.Size + header.PayloadLength;
        if (BinaryPrimitives.ReadUInt32LittleEndian(span[checksumOffset..]) != Crc32C.Compute(span[BlockHeader.Size..checksumOffset]))
        {
            return AtDamagedPayload(span, header.BlockLength);
        }

        Header = header;
        Payload = _buffer.AsMemory(_start + BlockHeader.Size, header.PayloadLength);
        if (header.Kind == BlockKind.Format)
        {
            ReadFormat(Payload.Span);
        }

        Pass(header);
        return Found(TrackItemKind.Block, header.BlockLength);
    }

    private Step AtSection(ReadOnlySpan<byte> span)
    {
        if (!Has(TrackSection.PrefixSize))
        {
            return Damaged(DamageReason.Truncated);
        }

        if (!TrackSection.TryReadPrefix(span, out int headerLength))
        {
            return Damaged(DamageReason.Section);
        }

        if (!Has(TrackSection.PrefixSize + headerLength + TrackSection.TrailerSize))
        {
            return _ended ? Damaged(DamageReason.Truncated) : Step.NeedBytes;
        }

        if (!TrackSection.TryDecode(span, out TrackHeader? header, out int length))
        {
            return Damaged(DamageReason.Section);
        }

        Section = header;
        Format = header!.Format;
        return Found(TrackItemKind.Section, length);
    }

    private void ReadFormat(ReadOnlySpan<byte> payload)
    {
        try
        {
            Format = TrackFormat.Parser.ParseFrom(payload);
        }
        catch (InvalidProtocolBufferException)
        {
            // The checksum held, so a writer put it there: the old format goes on, and the block is handed over as it is.
            Format ??= new TrackFormat();
        }
    }

    private Step Found(TrackItemKind kind, int length)
    {
        Kind = kind;
        _itemLength = length;
        if (kind == TrackItemKind.Footer)
        {
            _pieceOffset = Offset + length;
        }

        if (kind != TrackItemKind.Block || Header.Kind != BlockKind.Index)
        {
            _indexOffset = -1;
        }

        return Step.Item;
    }
}
