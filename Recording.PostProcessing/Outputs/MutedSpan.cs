namespace Recording.PostProcessing.Outputs;

/// <summary>Frames of a piece in which the microphone of a region's participant is off.</summary>
/// <param name="Region">Index of the region.</param>
/// <param name="FirstFrame">From 0 in the piece.</param>
/// <param name="EndFrame">First frame after it.</param>
public readonly record struct MutedSpan(int Region, long FirstFrame, long EndFrame);
