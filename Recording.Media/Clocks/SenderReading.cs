namespace Recording.Media.Clocks;

/// <summary>A sender report in µs: the sender's wall clock, the media time of the same instant, and when it arrived (SFU clock).</summary>
internal readonly record struct SenderReading(double SenderUs, double MediaUs, long ArrivalUs);
