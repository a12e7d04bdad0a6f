using System.Diagnostics.CodeAnalysis;

namespace Recording.Media.Playback;

/// <summary>
/// Orders the packets of one source from one (re)start on: unwraps numbers, drops duplicates, waits for late packets within bounds, and tells
/// when packets come that cannot belong to it.
/// </summary>
internal sealed class SourceOrder(uint ssrc, uint clockRate, PlaybackOptions options, PlaybackCounters counters, Stack<PacketSlot> pool)
{
    private const int MaxForwardJump = 3000;
    private const int MaxBackwardJump = 3000;
    private const int StartWaitUs = 200_000;
    private const int StartWaitPackets = 1024;
    private const int ReleasedMask = 2047;
    private const long Second = 1_000_000;
    private const long LongSilenceUs = 600 * Second;

    private readonly Dictionary<long, PacketSlot> _waiting = [];
    private readonly long[] _released = NewReleased();
    private PacketSlot? _ready;
    private bool _hasFirst;
    private bool _isReleasing;
    private long _firstArrivalUs;
    private long _next;
    private long _highest;
    private long _highestTimestamp;
    private long _highestArrivalUs;
    private long _nowUs;
    private long? _holeSinceUs;
    private int _lost;
    private bool _startsSource = true;

    public uint Ssrc { get; } = ssrc;

    public uint ClockRate { get; } = clockRate;

    /// <summary>Gives up every hole: set at the end, at a pause, and when the source has started over.</summary>
    public bool IsFlushing { get; set; }

    /// <summary>Packets wait behind a hole.</summary>
    public bool IsWaiting => _waiting.Count > 0;

    /// <summary>The packet seems to come from another source or another start of this one.</summary>
    public bool IsForeign(in IncomingPacket packet)
    {
        if (!_hasFirst)
        {
            return false;
        }

        int delta = (short)(packet.SequenceNumber - (ushort)_highest);
        if (packet.Format is null)
        {
            // Padding and events may run on another clock: only their number counts.
            return Math.Abs(delta) >= MaxForwardJump && packet.ArrivalUs - _highestArrivalUs < Second;
        }

        if (delta is > 0 and < MaxForwardJump)
        {
            return false;
        }

        double timeDelta = (int)(packet.Timestamp - (uint)_highestTimestamp) / (double)ClockRate;
        if (delta is <= 0 and > -MaxBackwardJump)
        {
            // An honest late packet is not newer than the newest, nor from long ago.
            return timeDelta is > 0.5 or < -30;
        }

        // So far a jump needs an outage, over which timestamps went on as time did.
        double arrivalDelta = (packet.ArrivalUs - _highestArrivalUs) / (double)Second;
        return arrivalDelta < 1 || Math.Abs(timeDelta - arrivalDelta) > Math.Max(1, 0.1 * arrivalDelta);
    }

    /// <summary>Puts a packet in its place, or drops it as duplicate or too late.</summary>
    public void Offer(in IncomingPacket packet)
    {
        if (!_hasFirst)
        {
            if (packet.IsRedundant || packet.IsRetransmission || packet.Format is null)
            {
                return;
            }

            _hasFirst = true;
            _highest = packet.SequenceNumber - 1;
            _highestTimestamp = packet.Timestamp;
            _highestArrivalUs = packet.ArrivalUs;
            _firstArrivalUs = packet.ArrivalUs;
            _next = packet.SequenceNumber;
        }

        _nowUs = Math.Max(_nowUs, packet.ArrivalUs);
        long sequence = Unwrap(packet);
        long timestamp = UnwrapTimestamp(packet);
        if (_isReleasing && sequence < _next)
        {
            CountBehind(packet, sequence);
            return;
        }

        if (Find(sequence) is PacketSlot existing)
        {
            Meet(existing, packet);
            return;
        }

        bool isNewest = sequence > _highest;
        if (!isNewest && !packet.IsRedundant)
        {
            counters.Reordered++;
        }

        if (packet.IsRedundant || packet.IsRetransmission)
        {
            counters.Recovered++;
        }

        PacketSlot slot = pool.TryPop(out PacketSlot? used) ? used : new PacketSlot();
        slot.SequenceNumber = sequence;
        slot.Timestamp = timestamp;
        slot.RawTimestamp = packet.Timestamp;
        slot.RawSequenceNumber = packet.SequenceNumber;
        slot.IsOnTime = isNewest && !packet.IsRedundant && !packet.IsRetransmission;
        Fill(slot, packet);
        if (isNewest)
        {
            _highest = sequence;
            _highestArrivalUs = packet.ArrivalUs;
            _highestTimestamp = packet.Format is null ? _highestTimestamp : timestamp;
        }

        if (_isReleasing && _ready is null && _waiting.Count == 0 && sequence == _next)
        {
            _ready = slot;
        }
        else
        {
            _waiting.Add(sequence, slot);
        }
    }

    /// <summary>The next packet whose turn has come, with what is missing before it. The caller gives the slot back to the pool.</summary>
    public bool TryTake([NotNullWhen(true)] out PacketSlot? slot)
    {
        while (TryTakeAny(out slot))
        {
            _lost += slot.LostBefore;
            if (slot.Format is not null)
            {
                slot.LostBefore = _lost;
                slot.StartsSource = _startsSource;
                _lost = 0;
                _startsSource = false;
                return true;
            }

            pool.Push(slot);
        }

        return false;
    }

    private static long[] NewReleased()
    {
        long[] released = new long[ReleasedMask + 1];
        Array.Fill(released, long.MinValue);
        return released;
    }

    private static void Fill(PacketSlot slot, in IncomingPacket packet)
    {
        slot.ArrivalUs = packet.ArrivalUs;
        slot.Epoch = packet.Epoch;
        slot.Marker = packet.Marker;
        slot.Format = packet.Format;
        slot.IsRedundant = packet.IsRedundant;
        slot.Orientation = packet.Orientation;
        slot.FrameNumber = packet.FrameNumber;
        slot.SetPayload(packet.Payload);
    }

    private long Unwrap(in IncomingPacket packet)
    {
        int delta = (short)(packet.SequenceNumber - (ushort)_highest);
        if (delta is >= MaxForwardJump or <= -MaxBackwardJump && packet.ArrivalUs - _highestArrivalUs >= Second)
        {
            // A long outage: numbers went on, by up to 65535 that can be told.
            return _highest + (ushort)(packet.SequenceNumber - (ushort)_highest);
        }

        return _highest + delta;
    }

    private long UnwrapTimestamp(in IncomingPacket packet)
    {
        long expected = _highestTimestamp;
        long silence = packet.ArrivalUs - _highestArrivalUs;
        if (silence > LongSilenceUs)
        {
            // Half the wrap of a 90 kHz clock is 6.6 h: only arrival can tell how often it wrapped.
            expected += (long)(silence / (double)Second * ClockRate);
        }

        return expected + (int)(packet.Timestamp - (uint)expected);
    }

    private PacketSlot? Find(long sequence)
    {
        if (_ready is not null && _ready.SequenceNumber == sequence)
        {
            return _ready;
        }

        return _waiting.Count == 0 ? null : _waiting.GetValueOrDefault(sequence);
    }

    private void Meet(PacketSlot existing, in IncomingPacket packet)
    {
        if (packet.IsRedundant)
        {
            return;
        }

        if (existing.IsRedundant)
        {
            // The original is as good and says more (marker).
            counters.Recovered--;
            Fill(existing, packet);
        }
        else if (existing.RawTimestamp == packet.Timestamp && existing.Payload.SequenceEqual(packet.Payload))
        {
            counters.Duplicates++;
        }
        else
        {
            counters.Conflicts++;
        }
    }

    private void CountBehind(in IncomingPacket packet, long sequence)
    {
        if (packet.IsRedundant)
        {
            return;
        }

        if (_released[sequence & ReleasedMask] == sequence)
        {
            counters.Duplicates++;
        }
        else
        {
            counters.Late++;
        }
    }

    private bool TryTakeAny([NotNullWhen(true)] out PacketSlot? slot)
    {
        slot = _ready;
        if (slot is not null)
        {
            _ready = null;
            Release(slot, 0);
            return true;
        }

        if (_waiting.Count == 0 || !MayRelease())
        {
            return false;
        }

        if (_waiting.Remove(_next, out slot))
        {
            Release(slot, 0);
            return true;
        }

        _holeSinceUs ??= _nowUs;
        if (!IsFlushing && _waiting.Count <= options.MaxWaitingPackets && _nowUs - _holeSinceUs < options.ReorderWindow.Ticks / TimeSpan.TicksPerMicrosecond)
        {
            return false;
        }

        long first = _waiting.Keys.Min();
        slot = _waiting[first];
        _waiting.Remove(first);
        Release(slot, (int)Math.Min(first - _next, int.MaxValue));
        return true;
    }

    // The very first packets can be out of order too: a short wait finds the real first one.
    private bool MayRelease()
    {
        if (!_isReleasing)
        {
            if (!IsFlushing && _waiting.Count < StartWaitPackets && _nowUs - _firstArrivalUs < StartWaitUs)
            {
                return false;
            }

            _isReleasing = true;
            _next = _waiting.Keys.Min();
        }

        return true;
    }

    private void Release(PacketSlot slot, int lost)
    {
        counters.Lost += lost;
        slot.LostBefore = lost;
        _released[slot.SequenceNumber & ReleasedMask] = slot.SequenceNumber;
        _next = slot.SequenceNumber + 1;
        _holeSinceUs = null;
    }
}
