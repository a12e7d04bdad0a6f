namespace Recording.PostProcessing.Outputs;

/// <summary>How rendering is done, not what is rendered; the same for all chunks of a job.</summary>
public sealed record RenderOptions
{
    /// <summary>x264's speed.</summary>
    public string Preset { get; init; } = "veryfast";

    /// <summary>x264's quality, 0..51, lower is better.</summary>
    public int Quality { get; init; } = 23;

    /// <summary>Threads of one encoder.</summary>
    public int EncoderThreads { get; init; } = 2;

    /// <summary>Bits a second of the mixed sound.</summary>
    public int AudioBitrate { get; init; } = 128_000;

    /// <summary>Draw names on tiles.</summary>
    public bool Labels { get; init; } = true;

    /// <summary>Workers that share the chunks.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>Shortest chunk, seconds.</summary>
    public double ShortestChunkSeconds { get; init; } = 30;

    /// <summary>Longest chunk, seconds.</summary>
    public double LongestChunkSeconds { get; init; } = 600;
}
