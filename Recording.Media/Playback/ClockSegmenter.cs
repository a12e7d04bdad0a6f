namespace Recording.Media.Playback;

/// <summary>
/// Finds where the relation between RTP time and arrival time breaks in one source: a timestamp jump without an arrival jump (a new clock), or
/// an arrival jump over 250 ms without a timestamp jump (a sender whose timestamps froze while it was silent).
/// </summary>
internal sealed class ClockSegmenter(uint clockRate)
{
    private const double MaxStepUs = 250_000;

    private bool _hasLast;
    private long _lastTimestamp;
    private long _lastArrivalUs;
    private ulong _epoch;

    /// <summary>Whether a new segment begins with this packet, the first included.</summary>
    public bool Begins(PacketSlot slot)
    {
        if (_hasLast && !slot.IsOnTime)
        {
            return false;
        }

        bool begins = true;
        if (_hasLast)
        {
            double arrival = slot.ArrivalUs - _lastArrivalUs;
            double media = (slot.Timestamp - _lastTimestamp) * 1e6 / clockRate;
            begins = slot.Epoch != _epoch || Math.Abs(media - arrival) > MaxStepUs;
        }

        _hasLast = true;
        _lastTimestamp = slot.Timestamp;
        _lastArrivalUs = slot.ArrivalUs;
        _epoch = slot.Epoch;
        return begins;
    }
}
