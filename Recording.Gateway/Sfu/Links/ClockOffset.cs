namespace Recording.Gateway.Sfu.Links;

/// <summary>Recording clock less SFU clock, from round trips: the one with the lowest delay of the last minutes knows best. Times in µs. Not thread-safe.</summary>
internal sealed class ClockOffset
{
    private const int Window = 24;

    // An old estimate drifts away; a better one is worth a marker from here on.
    private const long NoticeUs = 500;

    private readonly Queue<(long Offset, long RoundTrip)> _samples = new();
    private long _announced;
    private bool _isAnnounced;

    /// <summary>µs to add to SFU time.</summary>
    public long OffsetUs { get; private set; }

    /// <summary>Round trip of the sample it comes from.</summary>
    public long RoundTripUs { get; private set; }

    /// <summary>Whether there is any estimate.</summary>
    public bool IsKnown => _samples.Count > 0;

    /// <summary>Adds a sample; true = the estimate changed enough to be written into tracks.</summary>
    /// <param name="sentUs">Our clock when we asked.</param>
    /// <param name="receivedUs">Our clock when the answer came.</param>
    /// <param name="sfuUs">The SFU's clock in between.</param>
    public bool Add(long sentUs, long receivedUs, long sfuUs)
    {
        long roundTrip = receivedUs - sentUs;
        if (roundTrip < 0 || sfuUs <= 0)
        {
            return false;
        }

        _samples.Enqueue((((sentUs + receivedUs) / 2) - sfuUs, roundTrip));
        if (_samples.Count > Window)
        {
            _samples.Dequeue();
        }

        (OffsetUs, RoundTripUs) = _samples.MinBy(static s => s.RoundTrip);
        if (_isAnnounced && Math.Abs(OffsetUs - _announced) < NoticeUs)
        {
            return false;
        }

        _announced = OffsetUs;
        _isAnnounced = true;
        return true;
    }
}
