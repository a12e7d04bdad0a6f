namespace Recording.Media.Rtp;

/// <summary>Loss, duplicates, reordering and interarrival jitter of one SSRC (RFC 3550 6.4.1, A.1, A.3, A.8). Takes no memory per packet.</summary>
public sealed class StreamStatistics
{
    /// <summary>How far behind the highest number a packet is still told from a duplicate, in packets.</summary>
    public const int Window = 2048;

    /// <summary>A reordered packet that comes this much after its due time counts as late, in µs.</summary>
    public const long LateAfterUs = 200_000;

    private const int MaxDropout = 3000;
    private const long SameClockWithinUs = 2_000_000;
    private const long JitterIgnoreUs = 5_000_000;

    private readonly ulong[] _seen = new ulong[Window / 64];
    private int _clockRate;
    private bool _started;
    private long _first;
    private long _highest;
    private uint _highestTimestamp;
    private long _highestTimeUs;
    private uint _lastTimestamp;
    private long _lastTimeUs;
    private int _doubtfulNext = -1;
    private long _expectedBefore;
    private double _jitterTicks;

    /// <param name="clockRate">Hz of the codec; 0 = unknown: no jitter, no late packets.</param>
    public StreamStatistics(int clockRate) => _clockRate = clockRate;

    /// <summary>Packets that came, duplicates included.</summary>
    public long Received { get; private set; }

    /// <summary>Sequence numbers from the first to the highest, over all restarts.</summary>
    public long Expected => _started ? _expectedBefore + (_highest - _first) + 1 : 0;

    /// <summary>Sequence numbers that did not come; never negative.</summary>
    public long Lost => Math.Max(0, Expected - (Received - Duplicates - Doubtful));

    /// <summary>Packets whose sequence number had come before.</summary>
    public long Duplicates { get; private set; }

    /// <summary>Packets that came after a later one.</summary>
    public long Reordered { get; private set; }

    /// <summary>Reordered packets that came more than <see cref="LateAfterUs"/> after their due time.</summary>
    public long Late { get; private set; }

    /// <summary>Packets so far off that they could not be placed.</summary>
    public long Doubtful { get; private set; }

    /// <summary>Times that the sender began anew.</summary>
    public int Restarts { get; private set; }

    /// <summary>Interarrival jitter in ms, as it stands now.</summary>
    public double JitterMs => _clockRate > 0 ? _jitterTicks * 1000 / _clockRate : 0;

    /// <summary>The highest value that the jitter had, in ms.</summary>
    public double MaxJitterMs { get; private set; }

    /// <summary>The codec changed in mid-stream: ticks have another length from here on.</summary>
    public void ChangeClockRate(int clockRate)
    {
        if (clockRate != _clockRate)
        {
            _jitterTicks = _clockRate > 0 ? _jitterTicks * clockRate / _clockRate : 0;
            _clockRate = clockRate;
            _lastTimeUs = long.MinValue;
        }
    }

    /// <summary>Counts a packet.</summary>
    /// <param name="sequenceNumber">From the packet.</param>
    /// <param name="timestamp">From the packet.</param>
    /// <param name="arrivalUs">When it came, in µs of any steady clock.</param>
    public PacketArrival Add(ushort sequenceNumber, uint timestamp, long arrivalUs)
    {
        Received++;
        if (!_started)
        {
            _started = true;
            Begin(sequenceNumber, timestamp, arrivalUs);
            return PacketArrival.InOrder;
        }

        int delta = (short)(sequenceNumber - (ushort)_highest);
        bool near = delta < MaxDropout && delta > -Window;
        if (!near && !(delta > 0 && IsSameClock(timestamp, arrivalUs)))
        {
            if (sequenceNumber != _doubtfulNext)
            {
                _doubtfulNext = (ushort)(sequenceNumber + 1);
                Doubtful++;
                return PacketArrival.Doubtful;
            }

            // The doubtful packet before this one was the first of the new run.
            Doubtful--;
            Restarts++;
            _expectedBefore = Expected;
            Begin(sequenceNumber, timestamp, arrivalUs);
            _first--;
            MarkSeen(_first);
            return PacketArrival.Restart;
        }

        _doubtfulNext = -1;
        long extended = _highest + delta;
        UpdateJitter(timestamp, arrivalUs);
        if (delta > 0)
        {
            ClearSeen(_highest + 1, Math.Min(delta, Window));
            _highest = extended;
            _highestTimestamp = timestamp;
            _highestTimeUs = arrivalUs;
            MarkSeen(extended);
            return PacketArrival.InOrder;
        }

        if (IsSeen(extended))
        {
            Duplicates++;
            return PacketArrival.Duplicate;
        }

        MarkSeen(extended);
        _first = Math.Min(_first, extended);
        Reordered++;
        if (_clockRate > 0 && LatenessUs(timestamp, arrivalUs) > LateAfterUs)
        {
            Late++;
        }

        return PacketArrival.Reordered;
    }

    private void Begin(ushort sequenceNumber, uint timestamp, long arrivalUs)
    {
        // Room below for a packet before the first, so that extended numbers stay positive.
        _first = _highest = sequenceNumber + (1L << 16);
        _highestTimestamp = _lastTimestamp = timestamp;
        _highestTimeUs = _lastTimeUs = arrivalUs;
        _doubtfulNext = -1;
        Array.Clear(_seen);
        MarkSeen(_highest);
    }

    // A jump ahead in numbers is loss, not a new start, when the sender's clock went on as ours did.
    private bool IsSameClock(uint timestamp, long arrivalUs) =>
        _clockRate > 0 && Math.Abs(LatenessUs(timestamp, arrivalUs)) < SameClockWithinUs;

    private long LatenessUs(uint timestamp, long arrivalUs) =>
        unchecked(arrivalUs - _highestTimeUs) - ((long)(int)(timestamp - _highestTimestamp) * 1_000_000 / _clockRate);

    private void UpdateJitter(uint timestamp, long arrivalUs)
    {
        long elapsedUs = unchecked(arrivalUs - _lastTimeUs);
        bool known = _clockRate > 0 && _lastTimeUs != long.MinValue;
        long ticks = (int)(timestamp - _lastTimestamp);
        _lastTimestamp = timestamp;
        _lastTimeUs = arrivalUs;
        if (!known)
        {
            return;
        }

        double difference = Math.Abs(((double)elapsedUs * _clockRate / 1_000_000) - ticks);
        if (difference * 1_000_000 / _clockRate < JitterIgnoreUs)
        {
            _jitterTicks += (difference - _jitterTicks) / 16;
            MaxJitterMs = Math.Max(MaxJitterMs, JitterMs);
        }
    }

    private bool IsSeen(long extended) => (_seen[(int)(extended % Window) / 64] & (1UL << (int)(extended % 64))) != 0;

    private void MarkSeen(long extended) => _seen[(int)(extended % Window) / 64] |= 1UL << (int)(extended % 64);

    private void ClearSeen(long from, int count)
    {
        for (int i = 0; i < count; i++)
        {
            long extended = from + i;
            _seen[(int)(extended % Window) / 64] &= ~(1UL << (int)(extended % 64));
        }
    }
}
