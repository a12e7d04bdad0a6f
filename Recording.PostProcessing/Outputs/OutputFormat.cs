namespace Recording.PostProcessing.Outputs;

/// <summary>What a format is made of.</summary>
public sealed record OutputFormat
{
    private static readonly OutputFormat[] _all =
    [
        new() { Name = "mp4", VideoEncoder = "libx264", VideoCodec = "h264", AudioEncoder = "aac", AudioCodec = "aac" },
        new() { Name = "webm", VideoEncoder = "libvpx-vp9", VideoCodec = "vp9", AudioEncoder = "libopus", AudioCodec = "opus" },
        new() { Name = "hls", VideoEncoder = "libx264", VideoCodec = "h264", AudioEncoder = "aac", AudioCodec = "aac" },
        new() { Name = "mp3", AudioEncoder = "libmp3lame", AudioCodec = "mp3" },
        new() { Name = "m4a", AudioEncoder = "aac", AudioCodec = "aac" },
        new() { Name = "wav", AudioEncoder = "pcm_s16le", AudioCodec = "pcm_s16le" },
    ];

    /// <summary>Names, for messages.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. _all.Select(format => format.Name)];

    /// <summary>mp4, webm, hls, mp3, m4a or wav.</summary>
    public required string Name { get; init; }

    /// <summary>FFmpeg's encoder; null = sound only.</summary>
    public string? VideoEncoder { get; init; }

    /// <summary>As ffprobe calls it; null = sound only.</summary>
    public string? VideoCodec { get; init; }

    /// <summary>FFmpeg's encoder.</summary>
    public required string AudioEncoder { get; init; }

    /// <summary>As ffprobe calls it.</summary>
    public required string AudioCodec { get; init; }

    /// <summary>There is a picture.</summary>
    public bool HasPicture => VideoEncoder is not null;

    /// <summary>A file for each speaker instead of one for all.</summary>
    public bool IsPerSpeaker => Name == "wav";

    /// <summary>WebM, which is Matroska, or else MP4's family.</summary>
    public bool IsWebm => Name == "webm";

    /// <summary>Container of the joined file: hls is cut from an MP4.</summary>
    public string Extension => Name == "hls" ? "mp4" : Name;

    /// <summary>Container of a rendered piece.</summary>
    public string PieceExtension => IsWebm ? "mkv" : "ts";

    /// <summary>Encoders that a composition in this format needs.</summary>
    public IReadOnlyList<string> Encoders => VideoEncoder is { } video ? [video, AudioEncoder] : [AudioEncoder];

    /// <summary>The format of that name; null = there is none.</summary>
    /// <param name="name">mp4, ...</param>
    /// <param name="videoCodec">vp8 for WebM with VP8; else empty.</param>
    public static OutputFormat? Find(string name, string videoCodec = "")
    {
        OutputFormat? format = Array.Find(_all, format => format.Name == name);
        return format is { IsWebm: true } && videoCodec == "vp8" ? format with { VideoEncoder = "libvpx", VideoCodec = "vp8" } : format;
    }
}
