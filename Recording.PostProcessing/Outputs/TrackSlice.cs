namespace Recording.PostProcessing.Outputs;

/// <summary>A part of a video track as a file of its own, which begins at a key frame.</summary>
/// <param name="File">Matroska; timestamps are recording time.</param>
/// <param name="EntrySeconds">Timestamp of the picture that is in force where the piece begins; the first one's when it comes later.</param>
public sealed record TrackSlice(FileInfo File, double EntrySeconds)
{
    /// <summary>When pictures have to be turned how; empty = never.</summary>
    public IReadOnlyList<PictureTurn> Turns { get; init; } = [];
}
