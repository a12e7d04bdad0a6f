namespace Recording.PostProcessing.Outputs;

/// <summary>A stretch of a track's sound without a long gap, as a file.</summary>
/// <param name="File">Matroska.</param>
/// <param name="StartSeconds">Recording time of its first sample.</param>
public sealed record AudioSection(FileInfo File, double StartSeconds);
