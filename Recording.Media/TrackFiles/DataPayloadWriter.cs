namespace Recording.Media.TrackFiles;

/// <summary>Gathers entries of a data payload in a buffer that grows up to 64 KiB and is reused; not thread-safe.</summary>
public sealed class DataPayloadWriter
{
    /// <summary>The largest payload this writer makes: what one RtpBatch and one Append may hold.</summary>
    public const int MaxPayloadLength = 64 * 1024;

    private byte[] _buffer = new byte[4096];
    private long _lastTimeUs;

    /// <summary>Entries gathered.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes gathered.</summary>
    public int Length { get; private set; }

    /// <summary>Time of the first entry, in µs since 1970: the base of the deltas.</summary>
    public long BaseTimeUs { get; private set; }

    /// <summary>The payload so far; valid until the next call.</summary>
    public ReadOnlySpan<byte> Payload => _buffer.AsSpan(0, Length);

    /// <summary>Adds an entry; false when it would not fit (a single packet always fits an empty writer up to 64 KiB less 16).</summary>
    /// <param name="timeUs">Arrival at the SFU, µs since 1970.</param>
    /// <param name="packet">RTP or rebuilt RTCP SR; empty = index kept, packet refused.</param>
    public bool TryAdd(long timeUs, ReadOnlySpan<byte> packet)
    {
        int needed = Length + (2 * Varint.MaxLength) + packet.Length;
        if (needed > _buffer.Length)
        {
            if (needed > MaxPayloadLength + 16 || (Count > 0 && needed > MaxPayloadLength))
            {
                return false;
            }

            Array.Resize(ref _buffer, Math.Min(MaxPayloadLength + 16, Math.Max(needed, _buffer.Length * 2)));
        }

        if (Count == 0)
        {
            BaseTimeUs = _lastTimeUs = timeUs;
        }

        Span<byte> span = _buffer.AsSpan(Length);
        int used = Varint.Write(span, Varint.ToZigZag(unchecked(timeUs - _lastTimeUs)));
        used += Varint.Write(span[used..], (ulong)packet.Length);
        packet.CopyTo(span[used..]);
        Length += used + packet.Length;
        _lastTimeUs = timeUs;
        Count++;
        return true;
    }

    /// <summary>Forgets the entries, keeps the buffer.</summary>
    public void Clear()
    {
        Count = 0;
        Length = 0;
        BaseTimeUs = 0;
    }
}
