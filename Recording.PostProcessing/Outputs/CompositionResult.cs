namespace Recording.PostProcessing.Outputs;

/// <summary>What a composition made.</summary>
/// <param name="Output">The file, or the folder of an HLS package or of speakers' files.</param>
/// <param name="DurationSeconds">By ffprobe; the longest when there are several files.</param>
/// <param name="Bytes">Size of the file, or of the playlist, or of all speakers' files.</param>
/// <param name="Sha256">Lower-case hex; empty when there are several files.</param>
/// <param name="Files">Everything that was made.</param>
public sealed record CompositionResult(FileSystemInfo Output, double DurationSeconds, long Bytes, string Sha256, IReadOnlyList<FileInfo> Files)
{
    /// <summary>Tracks that are neither seen nor heard in it, because nothing can be made of them.</summary>
    public IReadOnlyList<SkippedTrack> Skipped { get; init; } = [];
}
