namespace Recording.PostProcessing.Outputs;

/// <summary>A named stretch of the output.</summary>
/// <param name="StartUs">Output time, µs.</param>
/// <param name="EndUs">Output time, µs.</param>
/// <param name="Title">Any text.</param>
public sealed record Chapter(long StartUs, long EndUs, string Title);
