namespace Recording.Media.TrackFiles;

/// <summary>Walks the entries of a data payload: <c>(varint zigzag delta_us, varint length, packet)*</c>.</summary>
public ref struct DataPayloadReader
{
    private readonly ReadOnlySpan<byte> _payload;
    private int _offset;

    /// <param name="payload">Payload of a data block, or <c>RtpBatch.packets</c>.</param>
    /// <param name="baseTimeUs">Time to which the first entry's delta is added, in µs since 1970.</param>
    public DataPayloadReader(ReadOnlySpan<byte> payload, long baseTimeUs)
    {
        _payload = payload;
        TimeUs = baseTimeUs;
    }

    /// <summary>Arrival time of the current entry at the SFU, in µs since 1970.</summary>
    public long TimeUs { get; private set; }

    /// <summary>Bytes of the current entry; empty = the packet of this index was refused or not kept.</summary>
    public ReadOnlySpan<byte> Packet { get; private set; }

    /// <summary>Offset of the current entry's first byte.</summary>
    public int EntryOffset { get; private set; }

    /// <summary>Offset behind the current entry.</summary>
    public readonly int Offset => _offset;

    /// <summary>The payload ended inside an entry, or a varint was too long.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>Moves to the next entry; false at the end or at damage.</summary>
    public bool Read()
    {
        if (_offset >= _payload.Length || IsDamaged)
        {
            return false;
        }

        EntryOffset = _offset;
        if (!Varint.TryRead(_payload, ref _offset, out ulong zigzag)
            || !Varint.TryRead(_payload, ref _offset, out ulong length)
            || length > (ulong)(_payload.Length - _offset))
        {
            IsDamaged = true;
            _offset = EntryOffset;
            return false;
        }

        TimeUs = unchecked(TimeUs + Varint.FromZigZag(zigzag));
        Packet = _payload.Slice(_offset, (int)length);
        _offset += (int)length;
        return true;
    }
}
