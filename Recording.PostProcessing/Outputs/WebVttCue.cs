namespace Recording.PostProcessing.Outputs;

/// <summary>A caption.</summary>
/// <param name="StartUs">µs.</param>
/// <param name="EndUs">µs, behind the start.</param>
/// <param name="Text">WebVTT cue text: lines, no blank one.</param>
public sealed record WebVttCue(long StartUs, long EndUs, string Text);
