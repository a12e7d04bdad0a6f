namespace Recording.Grains.Recordings;

/// <summary>A job that every recording gets.</summary>
/// <param name="Kind">compose, remux, report or transcript.</param>
/// <param name="Parameters">JSON that the worker understands.</param>
public sealed record StandingJob(string Kind, string Parameters);
