namespace Recording.PostProcessing.Timeline;

/// <summary>Output frames that come from one uncut stretch of the recording.</summary>
/// <param name="FirstFrame">Number of the first output frame.</param>
/// <param name="FrameCount">Frames.</param>
/// <param name="RecordingUs">Recording time of the first frame, µs since the origin.</param>
public readonly record struct SourcePiece(long FirstFrame, long FrameCount, long RecordingUs);
