namespace Recording.Bench.Remux;

/// <summary>What a process has used.</summary>
/// <param name="CpuSeconds">User and system time.</param>
/// <param name="PeakKib">Peak resident memory.</param>
internal readonly record struct Usage(double CpuSeconds, long PeakKib);
