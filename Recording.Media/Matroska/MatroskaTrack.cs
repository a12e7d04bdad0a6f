namespace Recording.Media.Matroska;

/// <summary>One track of a Matroska file.</summary>
public sealed record MatroskaTrack
{
    /// <summary>Codec in lower case as in track files: vp8, vp9, av1, h264, h265, opus, pcmu, pcma.</summary>
    public required string Codec { get; init; }

    /// <summary>CodecPrivate (OpusHead, avcC, ...); empty when the codec has none.</summary>
    public ReadOnlyMemory<byte> CodecPrivate { get; init; }

    /// <summary>Pixels; of the first picture, later ones may differ. 0 for audio.</summary>
    public int Width { get; init; }

    /// <summary>Pixels; 0 for audio.</summary>
    public int Height { get; init; }

    /// <summary>Degrees that shown pictures are to be turned clockwise: 0, 90, 180 or 270.</summary>
    public int Clockwise { get; init; }

    /// <summary>Hz; 0 for video.</summary>
    public int SampleRate { get; init; }

    /// <summary>Audio channels; 0 for video.</summary>
    public int Channels { get; init; }

    /// <summary>Shown to the viewer; may be empty.</summary>
    public string Name { get; init; } = "";

    /// <summary>The track has sound, not pictures.</summary>
    public bool IsAudio => SampleRate > 0;

    /// <summary>The codec is one of sound.</summary>
    public static bool IsAudioCodec(string codec) => codec is "opus" or "pcmu" or "pcma";

    /// <summary>Codecs that may stand in a WebM file.</summary>
    public static IReadOnlyList<string> WebmCodecs { get; } = ["vp8", "vp9", "av1", "opus"];

    /// <summary>The codec may stand in a WebM file.</summary>
    public bool IsWebm => WebmCodecs.Contains(Codec, StringComparer.Ordinal);

    // RFC 9559, codec mappings of the Matroska codec registry.
    internal string CodecId => Codec switch
    {
        "vp8" => "V_VP8",
        "vp9" => "V_VP9",
        "av1" => "V_AV1",
        "h264" => "V_MPEG4/ISO/AVC",
        "h265" => "V_MPEGH/ISO/HEVC",
        "opus" => "A_OPUS",
        "pcmu" or "pcma" => "A_MS/ACM",
        _ => throw new NotSupportedException($"Matroska codec id for '{Codec}' is not known."),
    };
}
