namespace Recording.PostProcessing.Outputs;

/// <summary>A video track, or a part of it, to be shown.</summary>
/// <param name="File">Matroska; timestamps are recording time.</param>
/// <param name="Turns">When its pictures have to be turned how; empty = never.</param>
public sealed record TrackPictures(FileInfo File, IReadOnlyList<PictureTurn> Turns);
