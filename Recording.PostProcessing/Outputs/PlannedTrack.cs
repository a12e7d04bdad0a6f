namespace Recording.PostProcessing.Outputs;

/// <summary>A track to be remuxed.</summary>
/// <param name="TrackId">Unique in the recording.</param>
/// <param name="IsAudio">Sound, or else a picture.</param>
/// <param name="Source">The track file, relative to the recording's prefix.</param>
/// <param name="Output">The media file to be made, relative to the recording's prefix.</param>
public sealed record PlannedTrack(string TrackId, bool IsAudio, string Source, string Output);
