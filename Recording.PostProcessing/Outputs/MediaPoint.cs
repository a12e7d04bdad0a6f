namespace Recording.PostProcessing.Outputs;

/// <summary>A place in a Matroska file where reading can begin.</summary>
/// <param name="TimeUs">Timestamp of the first frame there.</param>
/// <param name="Offset">Byte offset of the cluster.</param>
/// <param name="IsKeyframe">Decoding can begin there too.</param>
public readonly record struct MediaPoint(long TimeUs, long Offset, bool IsKeyframe);
