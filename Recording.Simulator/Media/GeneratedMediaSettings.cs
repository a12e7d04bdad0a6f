namespace Recording.Simulator.Media;

/// <summary>What generated media looks and sounds like.</summary>
public sealed record GeneratedMediaSettings
{
    /// <summary>Picture width in pixels, even.</summary>
    public int Width { get; init; } = 640;

    /// <summary>Picture height in pixels, even.</summary>
    public int Height { get; init; } = 360;

    /// <summary>Pictures per second; a divisor of 90000.</summary>
    public int FrameRate { get; init; } = 25;

    /// <summary>Seconds before media repeats.</summary>
    public int ClipSeconds { get; init; } = 20;

    /// <summary>Seconds between key frames when nobody asks for one; 0 = only at the start of each repetition.</summary>
    public double KeyframeSeconds { get; init; } = 5;

    /// <summary>Video bits per second.</summary>
    public int VideoBitrate { get; init; } = 500_000;

    /// <summary>Audio bits per second.</summary>
    public int AudioBitrate { get; init; } = 32_000;

    /// <summary>A media file to take pictures and sound from instead; null = generated ones.</summary>
    public string? File { get; init; }
}
