namespace Recording.PostProcessing.Transcript;

/// <summary>What one task leaves for the merge.</summary>
internal sealed record HeardTrack(string Language, IReadOnlyList<TranscriptSegment> Segments, TranscriptTrack Track);
