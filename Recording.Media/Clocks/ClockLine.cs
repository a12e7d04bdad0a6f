namespace Recording.Media.Clocks;

/// <summary>A straight relation between two clocks: ahead(time) = offset + slope * (time - origin).</summary>
internal readonly record struct ClockLine(double OriginUs, double OffsetUs, double Slope)
{
    /// <summary>No sound card, camera or host clock is further off.</summary>
    public const double MaxSlope = 1500e-6;

    public double At(double timeUs) => OffsetUs + (Slope * (timeUs - OriginUs));

    /// <summary>
    /// The line below all points that is nearest to them: the edge of their lower convex hull that spans their mean time. Delay only ever adds, so
    /// the least delayed readings tell the clocks. A span shorter than <paramref name="minSpanUs"/> cannot tell a slope from jitter: it gets none.
    /// </summary>
    public static ClockLine Below(IReadOnlyList<ClockPoint> points, double minSpanUs)
    {
        double origin = points[0].TimeUs;
        double slope = 0;
        if (points[^1].TimeUs - origin >= minSpanUs)
        {
            slope = Math.Clamp(HullSlope(points), -MaxSlope, MaxSlope);
        }

        double offset = double.PositiveInfinity;
        foreach (ClockPoint point in points)
        {
            offset = Math.Min(offset, point.AheadUs - (slope * (point.TimeUs - origin)));
        }

        return new ClockLine(origin, offset, slope);
    }

    private static double HullSlope(IReadOnlyList<ClockPoint> points)
    {
        List<ClockPoint> hull = [];
        double mean = 0;
        foreach (ClockPoint point in points)
        {
            mean += point.TimeUs / points.Count;
            while (hull.Count >= 2 && Cross(hull[^2], hull[^1], point) <= 0)
            {
                hull.RemoveAt(hull.Count - 1);
            }

            hull.Add(point);
        }

        for (int i = 1; i < hull.Count; i++)
        {
            if (hull[i].TimeUs >= mean)
            {
                return (hull[i].AheadUs - hull[i - 1].AheadUs) / (hull[i].TimeUs - hull[i - 1].TimeUs);
            }
        }

        return 0;
    }

    private static double Cross(ClockPoint a, ClockPoint b, ClockPoint c) =>
        ((b.TimeUs - a.TimeUs) * (c.AheadUs - a.AheadUs)) - ((b.AheadUs - a.AheadUs) * (c.TimeUs - a.TimeUs));
}
