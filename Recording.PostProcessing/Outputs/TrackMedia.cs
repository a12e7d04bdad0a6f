namespace Recording.PostProcessing.Outputs;

/// <summary>A track as a media file with something in it.</summary>
/// <param name="TrackId">The track.</param>
/// <param name="File">Matroska; timestamps are recording time.</param>
/// <param name="StartSeconds">First timestamp: the recording time of its first frame.</param>
public sealed record TrackMedia(string TrackId, FileInfo File, double StartSeconds);
