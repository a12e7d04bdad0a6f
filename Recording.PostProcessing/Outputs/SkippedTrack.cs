namespace Recording.PostProcessing.Outputs;

/// <summary>A track that nothing, or not all, can be made of: whoever looks for it in the output finds it here.</summary>
/// <param name="TrackId">The track.</param>
/// <param name="Reason">Why.</param>
public sealed record SkippedTrack(string TrackId, string Reason);
