namespace Recording.PostProcessing.Outputs;

/// <summary>What one worker renders at a time.</summary>
/// <param name="Index">From 0.</param>
/// <param name="Pieces">In order.</param>
public sealed record PlannedChunk(int Index, IReadOnlyList<PlannedPiece> Pieces)
{
    /// <summary>Frames in all.</summary>
    public long FrameCount => Pieces.Sum(piece => piece.FrameCount);

    /// <summary>Tracks whose picture is needed.</summary>
    public IReadOnlyList<string> TrackIds() =>
        [.. Pieces.SelectMany(piece => piece.Regions).Select(region => region.TrackId).OfType<string>().Distinct(StringComparer.Ordinal)];
}
