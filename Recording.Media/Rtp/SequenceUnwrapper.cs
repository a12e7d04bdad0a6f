namespace Recording.Media.Rtp;

/// <summary>Extends 16-bit RTP sequence numbers of one SSRC to 64 bits; late packets may lie up to 32768 behind the highest.</summary>
public sealed class SequenceUnwrapper
{
    private long _highest;
    private bool _started;

    /// <summary>The number that is nearest to the highest one seen; the first is taken as it is, so a packet before it can be negative.</summary>
    public long Unwrap(ushort sequenceNumber)
    {
        if (!_started)
        {
            _started = true;
            _highest = sequenceNumber;
            return sequenceNumber;
        }

        long value = _highest + (short)(sequenceNumber - (ushort)_highest);
        _highest = Math.Max(_highest, value);
        return value;
    }

    /// <summary>Forgets the past: the next number is taken as it is.</summary>
    public void Reset() => _started = false;
}
