namespace Recording.Media.Clocks;

/// <summary>One reading of two clocks: time on the first, and how far the second is ahead of it, both in µs.</summary>
internal readonly record struct ClockPoint(double TimeUs, double AheadUs);
