using Recording.PostProcessing.Ffmpeg;

namespace Recording.PostProcessing.Outputs;

/// <summary>Adds up how far the pieces of a chunk are, some of which are rendered side by side.</summary>
/// <param name="chunk">The chunk.</param>
/// <param name="progress">Told 0..1, never less than before; null = nobody asks.</param>
internal sealed class ChunkProgress(PlannedChunk chunk, IProgress<double>? progress)
{
    private readonly Lock _lock = new();
    private readonly double[] _frames = new double[chunk.Pieces.Count];
    private readonly double _total = Math.Max(1, chunk.FrameCount);

    /// <summary>Of one piece.</summary>
    public IProgress<FfmpegProgress> Of(int piece) => new DirectProgress<FfmpegProgress>(report => Set(piece, report.Fraction));

    /// <summary>A piece is done.</summary>
    public void Complete(int piece) => Set(piece, 1);

    private void Set(int piece, double fraction)
    {
        lock (_lock)
        {
            _frames[piece] = Math.Max(_frames[piece], fraction * chunk.Pieces[piece].FrameCount);
            progress?.Report(_frames.Sum() / _total);
        }
    }
}
