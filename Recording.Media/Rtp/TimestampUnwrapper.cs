namespace Recording.Media.Rtp;

/// <summary>Extends 32-bit RTP timestamps of one SSRC to 64 bits; late packets may lie up to 2^31 ticks behind the highest.</summary>
public sealed class TimestampUnwrapper
{
    private long _highest;
    private bool _started;

    /// <summary>The timestamp that is nearest to the highest one seen; the first is taken as it is, so a packet before it can be negative.</summary>
    public long Unwrap(uint timestamp)
    {
        if (!_started)
        {
            _started = true;
            _highest = timestamp;
            return timestamp;
        }

        long value = _highest + (int)(timestamp - (uint)_highest);
        _highest = Math.Max(_highest, value);
        return value;
    }

    /// <summary>Forgets the past: the next timestamp is taken as it is.</summary>
    public void Reset() => _started = false;
}
