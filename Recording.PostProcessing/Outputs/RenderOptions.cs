namespace Recording.PostProcessing.Outputs;

/// <summary>How rendering is done, not what is rendered; the same for all chunks of a job.</summary>
public sealed record RenderOptions
{
    private const int MostPiecesAtOnce = 4;

    /// <summary>x264's speed.</summary>
    public string Preset { get; init; } = "veryfast";

    /// <summary>x264's quality, 0..51, lower is better.</summary>
    public int Quality { get; init; } = 23;

    /// <summary>Threads that a worker's encoders have.</summary>
    public int EncoderThreads { get; init; } = 2;

    /// <summary>VP9's and VP8's quality, 0..63, lower is better.</summary>
    public int VpxQuality { get; init; } = 33;

    /// <summary>VP9's and VP8's speed, 0..16, higher is faster.</summary>
    public int VpxSpeed { get; init; } = 8;

    /// <summary>Bits a second of the mixed sound.</summary>
    public int AudioBitrate { get; init; } = 128_000;

    /// <summary>Draw names on tiles.</summary>
    public bool Labels { get; init; } = true;

    /// <summary>Workers that share this machine.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>Workers of all machines that share the chunks, as far as they are known; those of this machine count anyway.</summary>
    public int ClusterWorkers { get; init; }

    /// <summary>Shortest chunk, seconds.</summary>
    public double ShortestChunkSeconds { get; init; } = 30;

    /// <summary>Longest chunk, seconds.</summary>
    public double LongestChunkSeconds { get; init; } = 600;

    /// <summary>Workers that share the chunks.</summary>
    internal int ChunkWorkers => Math.Max(1, Math.Max(Workers, ClusterWorkers));

    /// <summary>Pieces that a worker renders side by side when nobody works beside it on its machine: FFmpeg runs a filter graph in one thread, and a second encoder thread waits for it.</summary>
    public int PiecesAtOnce => Workers > 1 ? 1 : Math.Clamp(EncoderThreads, 1, MostPiecesAtOnce);

    /// <summary>For workers that share the processors of one machine.</summary>
    /// <param name="workers">Chunks at once.</param>
    /// <param name="processors">Of the machine.</param>
    public static RenderOptions For(int workers, int processors) => new RenderOptions().SharedBy(workers, processors);

    /// <summary>The same for workers that share the processors of one machine.</summary>
    /// <param name="workers">Chunks at once.</param>
    /// <param name="processors">Of the machine.</param>
    public RenderOptions SharedBy(int workers, int processors)
    {
        int count = Math.Max(1, workers);
        return this with { Workers = count, EncoderThreads = Math.Clamp((processors + count - 1) / count, 1, 16) };
    }
}
