namespace Recording.PostProcessing.Outputs;

/// <summary>A piece that was rendered.</summary>
/// <param name="Number">Which.</param>
/// <param name="ExtradataHash">Hash of what its decoder is set up with; joined pieces must have the same.</param>
public sealed record RenderedPiece(int Number, string ExtradataHash);
