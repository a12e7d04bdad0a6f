namespace Recording.PostProcessing.Transcript;

/// <summary>What was said in a piece of sound.</summary>
/// <param name="Language">As the transcriber names it; empty = it does not say.</param>
/// <param name="Segments">In order of time.</param>
public sealed record Transcription(string Language, IReadOnlyList<SpokenSegment> Segments);
