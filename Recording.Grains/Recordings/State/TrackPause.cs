namespace Recording.Grains.Recordings.State;

/// <summary>A stretch in which nothing was stored on purpose.</summary>
/// <param name="FromUs">µs since 1970.</param>
/// <param name="ToUs">µs since 1970; 0 = to the end.</param>
/// <param name="By">producer, recording or policy.</param>
public sealed record TrackPause(long FromUs, long ToUs, string By);
