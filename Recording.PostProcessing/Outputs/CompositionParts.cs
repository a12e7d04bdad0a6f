namespace Recording.PostProcessing.Outputs;

/// <summary>What a join has at hand, beside the pieces.</summary>
/// <param name="Audio">The mixed sound; null = the output is one file for each speaker.</param>
/// <param name="Copied">The one track that the picture is; null = pieces.</param>
/// <param name="Captions">For a subtitle stream, in recording time.</param>
internal sealed record CompositionParts(FileInfo? Audio, FileInfo? Copied, IReadOnlyList<WebVttCue> Captions);
