namespace Recording.Grains.Recordings;

/// <summary>A job that recordings get without being asked for each time.</summary>
/// <param name="Kind">compose, remux, report or transcript.</param>
/// <param name="Parameters">JSON that the worker understands.</param>
public sealed record StandingJob(string Kind, string Parameters);
