namespace Recording.Media.Captures;

/// <summary>What a codec's name alone tells: kind, clock rate, channels.</summary>
public static class KnownCodecs
{
    private const uint VideoClockRate = 90_000;

    private static readonly HashSet<string> _video = new(StringComparer.Ordinal)
    {
        "vp8", "vp9", "h264", "h265", "av1", "h263", "h263-1998", "h261", "jpeg", "mpv", "mp4v-es", "ulpfec", "flexfec", "flexfec-03",
    };

    /// <summary>audio or video, by the codec's lower-case name; codecs that go with both (rtx, red) by their clock rate.</summary>
    public static string KindOf(string codec, uint clockRate) =>
        _video.Contains(codec) || (codec is "rtx" or "red" && clockRate == VideoClockRate) ? "video" : "audio";

    /// <summary>Clock rate (Hz) and channels by default: those of the codec's RTP payload format.</summary>
    public static (uint ClockRate, uint Channels) DefaultsOf(string codec) => codec switch
    {
        "opus" or "multiopus" => (48_000, 2),
        "l16-48" => (48_000, 1),
        _ when _video.Contains(codec) => (VideoClockRate, 0),
        _ => (8_000, 1),
    };
}
