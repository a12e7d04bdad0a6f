namespace Recording.Media.Clocks;

/// <summary>What was seen of one unbroken stretch of a source's clock.</summary>
internal sealed class ClockStretch(uint ssrc, uint clockRate, ulong epoch)
{
    // What splits a clock is a step of over 250 ms; less than this much is the network's doing.
    private const double SameClockUs = 150_000;
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

    public long LastTimestamp { get; private set; }

    public double MediaUs(long timestamp) => timestamp * 1e6 / ClockRate;

    public void Add(long timestamp, long arrivalUs)
    {
        double media = MediaUs(timestamp);
        Arrivals.Add(new ClockPoint(media, arrivalUs - media));
        FirstArrivalUs = Math.Min(FirstArrivalUs, arrivalUs);
        LastTimestamp = timestamp;
    }

    public ClockLine Line() => ClockLine.Below(Arrivals.Points, MinSlopeSpanUs);

    /// <summary>The later stretch runs on the same clock: only the network had made it look like a break.</summary>
    public bool Continues(ClockStretch later)
    {
        if (later.Ssrc != Ssrc || later.ClockRate != ClockRate || later.Epoch != Epoch || later.Arrivals.Points.Count == 0)
        {
            return false;
        }

        ClockLine before = Line();
        ClockLine after = later.Line();
        double at = later.Arrivals.Points[0].TimeUs;
        return Math.Abs(after.At(at) - before.At(at)) < SameClockUs;
    }

    public void Append(ClockStretch later)
    {
        Segments.AddRange(later.Segments);
        Arrivals.Append(later.Arrivals);
        Reports.AddRange(later.Reports);
        LastTimestamp = later.LastTimestamp;
    }
}
