using Recording.Media.Clocks;
using Recording.Media.Playback;

namespace Recording.Media.Remuxing;

/// <summary>How a track file becomes a Matroska file.</summary>
public sealed record RemuxOptions
{
    /// <summary>Recording time in µs since 1970 that becomes timestamp 0; null = the first frame's.</summary>
    public long? OriginUs { get; init; }

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
