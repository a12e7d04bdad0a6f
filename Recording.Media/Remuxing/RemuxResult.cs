using Recording.Media.Playback;

namespace Recording.Media.Remuxing;

/// <summary>What a remux wrote, and what it met. Times are µs recording time since 1970.</summary>
public sealed record RemuxResult
{
    /// <summary>Codec in lower case; empty when the track holds no packet.</summary>
    public required string Codec { get; init; }

    /// <summary>Frames (or audio packets) written; 0 = the output has no byte.</summary>
    public long Frames { get; init; }

    /// <summary>Key frames written; for audio the same as <see cref="Frames"/>.</summary>
    public long Keyframes { get; init; }

    /// <summary>Times of video key frames.</summary>
    public IReadOnlyList<long> KeyframeTimesUs { get; init; } = [];

    /// <summary>Recording time of timestamp 0.</summary>
    public long OriginUs { get; init; }

    /// <summary>Time of the first media packet, whether a picture could be made of it or not.</summary>
    public long FirstPacketUs { get; init; }

    /// <summary>How long after the first packet the first picture came: the wait for a key frame, µs.</summary>
    public long KeyframeWaitUs => Frames == 0 ? 0 : Math.Max(0, FirstFrameUs - FirstPacketUs);

    /// <summary>Time of the first frame.</summary>
    public long FirstFrameUs { get; init; }

    /// <summary>Time of the last frame.</summary>
    public long LastFrameUs { get; init; }

    /// <summary>End of the last frame: its time and, for audio, its playing time.</summary>
    public long EndUs { get; init; }

    /// <summary>Silence that Ogg was filled with, µs.</summary>
    public long FilledUs { get; init; }

    /// <summary>Of the first picture; 0 for audio.</summary>
    public int Width => Sizes.Count > 0 ? Sizes[0].Width : 0;

    /// <summary>Of the first picture; 0 for audio.</summary>
    public int Height => Sizes.Count > 0 ? Sizes[0].Height : 0;

    /// <summary>Picture sizes over time; empty for audio.</summary>
    public IReadOnlyList<PictureSize> Sizes { get; init; } = [];

    /// <summary>How pictures have to be turned over time; empty when the sender never said. The file itself holds only the first.</summary>
    public IReadOnlyList<PictureOrientation> Orientations { get; init; } = [];

    /// <summary>Stretches without media, the first 10,000: lost audio from 60 ms, pictures that froze over a loss from 200 ms, everything else from 1 s.</summary>
    public IReadOnlyList<MediaGap> Gaps { get; init; } = [];

    /// <summary>Frames that were broken, or not decodable without one that was.</summary>
    public long DroppedFrames { get; init; }

    /// <summary>Packets whose payload header does not parse.</summary>
    public long MalformedPackets { get; init; }

    /// <summary>Audio packets that would have sounded before the end of the one before, or before timestamp 0.</summary>
    public long OverlappingFrames { get; init; }

    /// <summary>Packets of codecs that cannot be remuxed, or of a second codec.</summary>
    public long SkippedPackets { get; init; }

    /// <summary>How far clock readings lie off the mapping, 95th percentile, ms.</summary>
    public double ResidualMs { get; init; }

    /// <summary>Rate of the recording clock against the track's media clock, parts per million.</summary>
    public double SkewPpm { get; init; }

    /// <summary>Sender reports placed the frames, not arrival times.</summary>
    public bool UsesSenderReports { get; init; }

    /// <summary>The track's sender reports were not believed.</summary>
    public bool FellBackToArrival { get; init; }

    /// <summary>What playback met.</summary>
    public required PlaybackCounters Counters { get; init; }

    /// <summary>Damaged stretches of the track file that were skipped.</summary>
    public long DamageCount { get; init; }
}
