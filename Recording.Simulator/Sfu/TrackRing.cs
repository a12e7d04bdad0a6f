namespace Recording.Simulator.Sfu;

/// <summary>Packets of one track that the recorder has not acknowledged, numbered from 1, bounded by bytes and age; the oldest give way. Not thread-safe.</summary>
public sealed class TrackRing
{
    private readonly long _maxBytes;
    private readonly long _maxAgeUs;
    private RingEntry[] _entries = new RingEntry[64];
    private int _head;
    private int _count;
    private long _appendedBytes;

    /// <param name="maxBytes">RTP bytes that are kept at most.</param>
    /// <param name="maxAge">Packets older than this, against the newest, give way.</param>
    public TrackRing(long maxBytes, TimeSpan maxAge)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        _maxBytes = maxBytes;
        _maxAgeUs = (long)maxAge.TotalMicroseconds;
    }

    /// <summary>Index of the oldest packet held; <see cref="NextIndex"/> when there is none.</summary>
    public ulong FirstIndex { get; private set; } = 1;

    /// <summary>Index that the next packet will get.</summary>
    public ulong NextIndex => FirstIndex + (ulong)_count;

    /// <summary>Everything up to here is durable at the recorder.</summary>
    public ulong DurableIndex { get; private set; }

    /// <summary>RTP bytes held.</summary>
    public long Bytes => _count == 0 ? 0 : _appendedBytes - StartOffset(_entries[_head]);

    /// <summary>Packets that gave way before they were durable.</summary>
    public ulong Dropped { get; private set; }

    /// <summary>Adds a packet and answers its index.</summary>
    public ulong Append(long timeUs, byte[] packet)
    {
        if (_count == _entries.Length)
        {
            Grow();
        }

        _appendedBytes += packet.Length;
        _entries[(_head + _count) & (_entries.Length - 1)] = new RingEntry(timeUs, packet, _appendedBytes);
        _count++;
        ulong index = NextIndex - 1;
        while (_count > 1 && (Bytes > _maxBytes || timeUs - _entries[_head].TimeUs > _maxAgeUs))
        {
            RemoveOldest();
            Dropped++;
        }

        return index;
    }

    /// <summary>Lets go of everything up to <paramref name="durableIndex"/>; an older acknowledgement changes nothing.</summary>
    public void Acknowledge(ulong durableIndex)
    {
        durableIndex = Math.Min(durableIndex, NextIndex - 1);
        if (durableIndex <= DurableIndex)
        {
            return;
        }

        DurableIndex = durableIndex;
        while (_count > 0 && FirstIndex <= durableIndex)
        {
            RemoveOldest();
        }
    }

    /// <summary>The packet of an index; throws when it is not held.</summary>
    public RingEntry this[ulong index]
    {
        get
        {
            if (index < FirstIndex || index >= NextIndex)
            {
                throw new ArgumentOutOfRangeException(nameof(index), index, $"held are {FirstIndex}..{NextIndex - 1}");
            }

            return _entries[(_head + (int)(index - FirstIndex)) & (_entries.Length - 1)];
        }
    }

    /// <summary>RTP bytes of what is held before <paramref name="index"/>.</summary>
    public long BytesBefore(ulong index)
    {
        if (_count == 0 || index <= FirstIndex)
        {
            return 0;
        }

        long end = index >= NextIndex ? _appendedBytes : StartOffset(this[index]);
        return end - StartOffset(_entries[_head]);
    }

    private static long StartOffset(RingEntry entry) => entry.EndOffset - entry.Packet.Length;

    private void RemoveOldest()
    {
        _entries[_head] = default;
        _head = (_head + 1) & (_entries.Length - 1);
        _count--;
        FirstIndex++;
    }

    private void Grow()
    {
        var grown = new RingEntry[_entries.Length * 2];
        for (int i = 0; i < _count; i++)
        {
            grown[i] = _entries[(_head + i) & (_entries.Length - 1)];
        }

        _entries = grown;
        _head = 0;
    }
}
