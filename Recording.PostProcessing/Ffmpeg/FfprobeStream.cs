namespace Recording.PostProcessing.Ffmpeg;

/// <summary>A stream as ffprobe sees it.</summary>
public sealed record FfprobeStream
{
    /// <summary>video, audio, ...</summary>
    public required string Type { get; init; }

    /// <summary>h264, aac, vp8, opus, ...</summary>
    public required string Codec { get; init; }

    /// <summary>Pixels; 0 = not video.</summary>
    public int Width { get; init; }

    /// <summary>Pixels; 0 = not video.</summary>
    public int Height { get; init; }

    /// <summary>Seconds; the first timestamp.</summary>
    public double StartSeconds { get; init; }

    /// <summary>Seconds; 0 = the container does not say.</summary>
    public double DurationSeconds { get; init; }

    /// <summary>Packets in the file; 0 = not counted.</summary>
    public long Packets { get; init; }

    /// <summary>Samples a second; 0 = not audio.</summary>
    public int SampleRate { get; init; }

    /// <summary>Channels; 0 = not audio.</summary>
    public int Channels { get; init; }

    /// <summary>As the codec numbers it; 0 = not known.</summary>
    public int Level { get; init; }

    /// <summary>Hash of what a decoder is set up with; empty = none, or not asked for.</summary>
    public string ExtradataHash { get; init; } = "";
}
