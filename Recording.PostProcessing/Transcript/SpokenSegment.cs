namespace Recording.PostProcessing.Transcript;

/// <summary>A few words said together.</summary>
/// <param name="Start">Seconds.</param>
/// <param name="End">Seconds; not before the start.</param>
/// <param name="Text">Any text at all.</param>
public sealed record SpokenSegment(double Start, double End, string Text);
