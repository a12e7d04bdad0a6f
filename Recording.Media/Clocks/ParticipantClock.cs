namespace Recording.Media.Clocks;

/// <summary>The clocks of all tracks of one participant, on one common offset. Made by <see cref="ParticipantClockEstimator"/>.</summary>
public sealed class ParticipantClock
{
    private readonly Dictionary<string, TrackClock> _tracks;

    internal ParticipantClock(Dictionary<string, TrackClock> tracks) => _tracks = tracks;

    /// <summary>The clock of each track, by the name it was added under.</summary>
    public IReadOnlyDictionary<string, TrackClock> Tracks => _tracks;

    /// <summary>Recording clock less the sender's wall clock in µs, in the middle of the reports; null without sender reports.</summary>
    public double? OffsetUs { get; internal init; }

    /// <summary>Drift of the recording clock against the sender's wall clock, parts per million.</summary>
    public double DriftPpm { get; internal init; }

    /// <summary>The clock of one track.</summary>
    /// <exception cref="KeyNotFoundException">The track was not added.</exception>
    public TrackClock this[string trackId] => _tracks[trackId];

    /// <summary>The clock of a track that stands alone.</summary>
    public static TrackClock OfSingleTrack(Stream trackFile)
    {
        ParticipantClockEstimator estimator = new();
        estimator.AddTrack("", trackFile);
        return estimator.Estimate()[""];
    }
}
