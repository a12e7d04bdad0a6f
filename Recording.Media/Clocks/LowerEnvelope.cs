namespace Recording.Media.Clocks;

/// <summary>
/// Keeps the least delayed of many readings, one a window of media time, so that hours need little memory; the window doubles when there are too many.
/// </summary>
internal sealed class LowerEnvelope
{
    private const int MaxPoints = 8192;
    private double _windowUs = 500_000;
    private double _lastEndUs;
    private List<ClockPoint> _points = [];

    public IReadOnlyList<ClockPoint> Points => _points;

    /// <summary>Adds a reading; they should come in order of time, give or take a window.</summary>
    public void Add(ClockPoint point)
    {
        // Most readings fall into the window of the last point.
        if (_points.Count > 0 && point.TimeUs < _lastEndUs)
        {
            if (point.TimeUs >= _lastEndUs - _windowUs && point.AheadUs < _points[^1].AheadUs)
            {
                _points[^1] = point;
            }

            return;
        }

        _points.Add(point);
        _lastEndUs = (Window(point) + 1) * _windowUs;
        if (_points.Count > MaxPoints)
        {
            _windowUs *= 2;
            List<ClockPoint> all = _points;
            _points = new List<ClockPoint>(MaxPoints);
            foreach (ClockPoint kept in all)
            {
                Add(kept);
            }
        }
    }

    /// <summary>Appends a later envelope.</summary>
    public void Append(LowerEnvelope later)
    {
        foreach (ClockPoint point in later._points)
        {
            Add(point);
        }
    }

    private double Window(ClockPoint point) => Math.Floor(point.TimeUs / _windowUs);
}
