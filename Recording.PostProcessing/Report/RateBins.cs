namespace Recording.PostProcessing.Report;

/// <summary>Bytes by time in a bounded number of steps: a step doubles when there are too many.</summary>
internal sealed class RateBins
{
    private const int MaxBins = 240;
    private const long FirstStepUs = 1_000_000;

    // A clock that leaps must not make a report of it: a step of a day is the longest.
    private const long LongestStepUs = 86_400_000_000;

    private readonly long[] _bytes = new long[MaxBins];
    private long _originUs = long.MinValue;
    private long _stepUs = FirstStepUs;
    private int _used;

    /// <summary>Counts bytes; times before the first one count there.</summary>
    /// <param name="timeUs">µs of any clock.</param>
    /// <param name="bytes">How many.</param>
    public void Add(long timeUs, int bytes)
    {
        if (_originUs == long.MinValue)
        {
            _originUs = timeUs;
        }

        long at = Math.Max(0, timeUs - _originUs);
        while (at / _stepUs >= MaxBins && _stepUs < LongestStepUs)
        {
            Double();
        }

        int bin = (int)Math.Min(MaxBins - 1, at / _stepUs);
        _bytes[bin] += bytes;
        _used = Math.Max(_used, bin + 1);
    }

    /// <summary>What was counted.</summary>
    /// <param name="originUs">t = 0 of the report.</param>
    /// <param name="durationUs">Time that the mean is over.</param>
    public BitrateFigures Figures(long originUs, long durationUs)
    {
        if (_used == 0)
        {
            return new BitrateFigures();
        }

        long[] rates = [.. _bytes.Take(_used).Select(bytes => (long)(bytes * 8 * 1e6 / _stepUs))];
        return new BitrateFigures
        {
            MeanBps = durationUs <= 0 ? 0 : (long)(_bytes.Sum() * 8 * 1e6 / durationUs),
            PeakBps = rates.Max(),
            T = (_originUs - originUs) / 1000,
            StepMs = _stepUs / 1000,
            Bps = rates,
        };
    }

    private void Double()
    {
        for (int i = 0; i < MaxBins; i++)
        {
            _bytes[i] = (2 * i < MaxBins ? _bytes[2 * i] : 0) + ((2 * i) + 1 < MaxBins ? _bytes[(2 * i) + 1] : 0);
        }

        _stepUs *= 2;
        _used = (_used + 1) / 2;
    }
}
