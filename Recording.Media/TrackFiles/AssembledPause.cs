namespace Recording.Media.TrackFiles;

/// <summary>A time in which nothing was stored on purpose.</summary>
/// <param name="By">producer, recording or policy.</param>
/// <param name="FromUs">µs since 1970 on the SFU's clock.</param>
/// <param name="ToUs">µs since 1970; null = until the end.</param>
public sealed record AssembledPause(string By, long FromUs, long? ToUs);
