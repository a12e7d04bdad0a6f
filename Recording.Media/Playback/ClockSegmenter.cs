namespace Recording.Media.Playback;

/// <summary>
/// Finds where the relation between RTP time and arrival time breaks in one source: a timestamp jump without an arrival jump (a new clock), or
/// an arrival jump over 250 ms without a timestamp jump (a sender whose timestamps froze while it was silent).
/// </summary>
internal sealed class ClockSegmenter(uint clockRate)
{
    private readonly double _tickUs = 1e6 / clockRate;
    private const double MaxStepUs = 250_000;

    private bool _hasLast;
    private long _lastTimestamp;
    private long _lastArrivalUs;
    private long _previousTimestamp;
    private double _largestStepUs;
    private ulong _epoch;

    /// <summary>Whether a new segment begins with this packet, the first included.</summary>
    public bool Begins(PacketSlot slot)
    {
        // Packets that catch up with a stall are not a jump: only a step between neighbours is.
        _largestStepUs = Math.Max(_largestStepUs, Us(slot.Timestamp - _previousTimestamp));
        _previousTimestamp = slot.Timestamp;
        if (_hasLast && !slot.IsOnTime)
        {
            return false;
        }

        bool begins = true;
        if (_hasLast)
        {
            double ahead = Us(slot.Timestamp - _lastTimestamp) - (slot.ArrivalUs - _lastArrivalUs);
            begins = slot.Epoch != _epoch || ahead < -MaxStepUs || (ahead > MaxStepUs && _largestStepUs > MaxStepUs);
        }

        _hasLast = true;
        _lastTimestamp = slot.Timestamp;
        _lastArrivalUs = slot.ArrivalUs;
        _epoch = slot.Epoch;
        _largestStepUs = 0;
        return begins;
    }

    private double Us(long ticks) => ticks * _tickUs;
}
