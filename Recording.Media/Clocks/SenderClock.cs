namespace Recording.Media.Clocks;

/// <summary>Media time to the sender's wall clock, piecewise between sender reports; what lies before the first and behind the last follows the rate there.</summary>
internal sealed class SenderClock
{
    private const double OutlierUs = 40_000;
    private const double OutlierPerUs = 500e-6;
    private const int MedianReach = 2;
    private const double EdgeSpanUs = 30e6;
    private const double MinEdgeSpanUs = 5e6;

    private readonly ClockPoint[] _anchors;
    private readonly double _headSlope;
    private readonly double _tailSlope;
    private int _at;

    private SenderClock(ClockPoint[] anchors)
    {
        _anchors = anchors;
        _headSlope = EdgeSlope(0, 1);
        _tailSlope = EdgeSlope(anchors.Length - 1, -1);
    }

    /// <summary>Reports that fit together, in order of media time.</summary>
    public IReadOnlyList<SenderReading> Accepted { get; private init; } = [];

    /// <summary>Reports that fit no neighbour.</summary>
    public int Rejected { get; private init; }

    /// <summary>How far each report lies from the line between its neighbours, 95th percentile, in ms.</summary>
    public double ResidualMs { get; private init; }

    /// <summary>Rate of the sender's clock against the media clock, less one.</summary>
    public double Skew => _anchors.Length < 2 ? 0 : (_anchors[^1].AheadUs - _anchors[0].AheadUs) / (_anchors[^1].TimeUs - _anchors[0].TimeUs);

    /// <summary>Fits reports; null when none is left.</summary>
    public static SenderClock? Fit(IEnumerable<SenderReading> reports)
    {
        SenderReading[] sorted = [.. reports.OrderBy(report => report.MediaUs).ThenBy(report => report.SenderUs)];
        List<SenderReading> accepted = [];
        foreach ((int i, SenderReading reading) in sorted.Index())
        {
            if (IsSound(sorted, i) && (accepted.Count == 0 || reading.MediaUs > accepted[^1].MediaUs))
            {
                accepted.Add(reading);
            }
        }

        if (accepted.Count == 0)
        {
            return null;
        }

        ClockPoint[] anchors = [.. accepted.Select(reading => new ClockPoint(reading.MediaUs, reading.SenderUs - reading.MediaUs))];
        return new SenderClock(anchors) { Accepted = accepted, Rejected = sorted.Length - accepted.Count, ResidualMs = Residual(anchors) };
    }

    /// <summary>The sender's wall clock at a media time, both in µs. Fast when asked in rising order.</summary>
    public double ToSenderUs(double mediaUs)
    {
        if (mediaUs <= _anchors[0].TimeUs)
        {
            return mediaUs + _anchors[0].AheadUs + (_headSlope * (mediaUs - _anchors[0].TimeUs));
        }

        if (mediaUs >= _anchors[^1].TimeUs)
        {
            return mediaUs + _anchors[^1].AheadUs + (_tailSlope * (mediaUs - _anchors[^1].TimeUs));
        }

        while (_anchors[_at].TimeUs > mediaUs)
        {
            _at--;
        }

        while (_anchors[_at + 1].TimeUs <= mediaUs)
        {
            _at++;
        }

        return mediaUs + Between(_anchors[_at], _anchors[_at + 1], mediaUs);
    }

    private static double Between(ClockPoint a, ClockPoint b, double timeUs) =>
        a.AheadUs + ((b.AheadUs - a.AheadUs) * (timeUs - a.TimeUs) / (b.TimeUs - a.TimeUs));

    // Against the median of its neighbours: a lone liar stands out, a step that stays does not.
    private static bool IsSound(SenderReading[] sorted, int index)
    {
        int from = Math.Max(0, Math.Min(index - MedianReach, sorted.Length - (2 * MedianReach) - 1));
        int to = Math.Min(sorted.Length - 1, from + (2 * MedianReach));
        if (to - from < 2)
        {
            return true;
        }

        double[] ahead = new double[to - from + 1];
        for (int i = from; i <= to; i++)
        {
            ahead[i - from] = sorted[i].SenderUs - sorted[i].MediaUs;
        }

        Array.Sort(ahead);
        double median = ahead[ahead.Length / 2];
        double allowed = OutlierUs + (OutlierPerUs * (sorted[to].MediaUs - sorted[from].MediaUs));
        return Math.Abs(sorted[index].SenderUs - sorted[index].MediaUs - median) <= allowed;
    }

    private static double Residual(ClockPoint[] anchors)
    {
        if (anchors.Length < 3)
        {
            return 0;
        }

        double[] errors = new double[anchors.Length - 2];
        for (int i = 1; i + 1 < anchors.Length; i++)
        {
            errors[i - 1] = Math.Abs(anchors[i].AheadUs - Between(anchors[i - 1], anchors[i + 1], anchors[i].TimeUs));
        }

        Array.Sort(errors);
        return errors[(int)(0.95 * (errors.Length - 1))] / 1000;
    }

    private double EdgeSlope(int edge, int step)
    {
        int far = edge;
        while (far + step >= 0 && far + step < _anchors.Length && Math.Abs(_anchors[far + step].TimeUs - _anchors[edge].TimeUs) <= EdgeSpanUs)
        {
            far += step;
        }

        double span = _anchors[far].TimeUs - _anchors[edge].TimeUs;
        return Math.Abs(span) < MinEdgeSpanUs
            ? 0
            : Math.Clamp((_anchors[far].AheadUs - _anchors[edge].AheadUs) / span, -ClockLine.MaxSlope, ClockLine.MaxSlope);
    }
}
