namespace Recording.PostProcessing.Transcript;

/// <summary>A piece of sound that holds speech; samples from the start of the track.</summary>
/// <param name="First">First sample.</param>
/// <param name="Count">Samples.</param>
public readonly record struct SpeechPiece(long First, int Count);
