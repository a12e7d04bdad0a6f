namespace Recording.PostProcessing.Outputs;

/// <summary>What an offline composition made.</summary>
/// <param name="Output">The composite.</param>
/// <param name="DurationSeconds">By ffprobe.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Lower-case hex.</param>
public sealed record CompositionResult(FileInfo Output, double DurationSeconds, long Bytes, string Sha256);
