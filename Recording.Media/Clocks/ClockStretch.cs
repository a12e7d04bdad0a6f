namespace Recording.Media.Clocks;

/// <summary>What was seen of one unbroken stretch of a source's clock.</summary>
internal sealed class ClockStretch(uint ssrc, uint clockRate, ulong epoch)
{
    // What splits a clock is a step of over 250 ms; less than this much is the network's doing.
    private const double SameClockUs = 150_000;
    private const double BriefUs = 1e6;
    private const double MaxDelayUs = 500_000;
    private const double MinSlopeSpanUs = 20e6;

    public uint Ssrc { get; } = ssrc;

    public uint ClockRate { get; } = clockRate;

    public ulong Epoch { get; } = epoch;

    /// <summary>Clock segments of the playback that this stretch covers.</summary>
    public List<int> Segments { get; } = [];

    /// <summary>Arrival minus media time, over media time.</summary>
    public LowerEnvelope Arrivals { get; } = new();

    public List<SenderReading> Reports { get; } = [];

    public long FirstArrivalUs { get; private set; } = long.MaxValue;

    public double MediaUs(long timestamp) => timestamp * 1e6 / ClockRate;

    public void Add(long timestamp, long arrivalUs)
    {
        double media = MediaUs(timestamp);
        Arrivals.Add(new ClockPoint(media, arrivalUs - media));
        FirstArrivalUs = Math.Min(FirstArrivalUs, arrivalUs);
    }

    public ClockLine Line() => ClockLine.Below(Arrivals.Points, MinSlopeSpanUs);

    /// <summary>So short that one delayed packet can be all there is to it.</summary>
    public bool IsBrief => Arrivals.Points.Count > 0 && Arrivals.Points[^1].TimeUs - Arrivals.Points[0].TimeUs < BriefUs;

    /// <summary>Its packets came up to half a second later than the other's clock says: they were delayed, not made by another clock.</summary>
    public bool IsDelayOf(ClockStretch other)
    {
        if (!IsBrief || !SharesClockWith(other))
        {
            return false;
        }

        ClockPoint point = Arrivals.Points[0];
        return point.AheadUs - other.Line().At(point.TimeUs) is > 0 and < MaxDelayUs;
    }

    /// <summary>The later stretch runs on the same clock: only the network had made it look like a break.</summary>
    public bool Continues(ClockStretch later)
    {
        if (!SharesClockWith(later) || later.Arrivals.Points.Count == 0)
        {
            return false;
        }

        ClockLine before = Line();
        ClockLine after = later.Line();
        double at = later.Arrivals.Points[0].TimeUs;
        return Math.Abs(after.At(at) - before.At(at)) < SameClockUs;
    }

    private bool SharesClockWith(ClockStretch other) => other.Ssrc == Ssrc && other.ClockRate == ClockRate && other.Epoch == Epoch;

    /// <summary>Takes over what belongs to the same clock.</summary>
    public void Append(ClockStretch later)
    {
        Segments.AddRange(later.Segments);
        Arrivals.Append(later.Arrivals);
        Reports.AddRange(later.Reports);
    }
}
