namespace Recording.Media.Depacketizers;

/// <summary>The codecs that playback files and compositions can be made of. Tracks of any other are recorded raw only (3002).</summary>
public static class RenderableCodecs
{
    /// <summary>Lower-case names; each has a depacketizer.</summary>
    public static IReadOnlyList<string> Names { get; } = ["opus", "vp8", "vp9", "av1", "h264", "h265", "pcmu", "pcma"];

    /// <summary>Whether a producer's codec, as SFUs name it ("opus", "audio/opus", "VP8"), can be rendered.</summary>
    /// <param name="codec">The name; RED counts as what it wraps, which is Opus.</param>
    public static bool Contains(string codec)
    {
        ArgumentNullException.ThrowIfNull(codec);
        var name = codec.AsSpan(codec.LastIndexOf('/') + 1);
        foreach (var known in Names)
        {
            if (name.Equals(known, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return name.Equals("red", StringComparison.OrdinalIgnoreCase);
    }
}
