using Recording.Media.Clocks;
using Recording.Media.Playback;

namespace Recording.Media.Remuxing;

/// <summary>How a track file becomes a media file.</summary>
public sealed record RemuxOptions
{
    /// <summary>What file to make.</summary>
    public RemuxContainer Container { get; init; }

    /// <summary>The longest gap that Ogg is filled with silence for; a longer one is refused (2004).</summary>
    public TimeSpan MaxFilledGap { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Recording time in µs since 1970 that becomes timestamp 0; null = the first frame's.</summary>
    public long? OriginUs { get; init; }

    /// <summary>Recording time in µs since 1970 where the output ends; a packet of sound that reaches beyond is cut short. Null = with the last frame.</summary>
    public long? EndUs { get; init; }

    /// <summary>
    /// Clock of this track, from <see cref="ParticipantClockEstimator"/> over all tracks of its participant, so that sound and pictures share an offset.
    /// Null = estimated from this track alone, for which the input must be seekable.
    /// </summary>
    public TrackClock? Clock { get; init; }

    /// <summary>Added to every time, µs: for a recording clock that differs from what the file's clock markers say.</summary>
    public long ClockOffsetUs { get; init; }

    /// <summary>Take only this source; null = the best layer that is there at each time.</summary>
    public uint? Ssrc { get; init; }

    /// <summary>Name of the track in the Matroska file.</summary>
    public string Name { get; init; } = "";

    /// <summary>How long to wait for late packets; the same as the clock was estimated with.</summary>
    public PlaybackOptions? Playback { get; init; }
}
