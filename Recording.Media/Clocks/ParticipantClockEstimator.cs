using Recording.Media.Playback;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Clocks;

/// <summary>
/// Estimates how a participant's RTP clocks run against the recording clock, from one pass over each of its track files. Two steps: sender reports take
/// RTP time to the sender's wall clock, track by track; one line for the participant, along the least delayed reports of all its tracks, takes that to
/// recording time. Tracks without usable reports go by the least delayed packets.
/// </summary>
public sealed class ParticipantClockEstimator
{
    private const double MaxDisagreementUs = 50_000;
    private const double ExtrapolationPerUs = 100e-6;
    private const double MinDriftSpanUs = 60e6;
    private const double PlausibleUs = 1e6;
    private const double MaxFloorUs = 500_000;

    private readonly List<Track> _tracks = [];
    private readonly Dictionary<ulong, Marker.Types.Clock> _offsets = [];

    /// <summary>Reads a track file once from where the stream stands.</summary>
    /// <param name="trackId">Name to find the track's clock by.</param>
    /// <param name="trackFile">The whole track file.</param>
    /// <param name="options">The same options that the file is played with later.</param>
    public void AddTrack(string trackId, Stream trackFile, PlaybackOptions? options = null)
    {
        TrackSurvey survey = TrackSurvey.Read(trackFile, options);
        _tracks.Add(new Track(trackId, survey));
        foreach ((ulong epoch, Marker.Types.Clock clock) in survey.Offsets)
        {
            TrackSurvey.KeepBest(_offsets, epoch, clock);
        }
    }

    /// <summary>The clocks of all tracks added.</summary>
    public ParticipantClock Estimate()
    {
        foreach (Track track in _tracks)
        {
            FitSenders(track);
        }

        List<Track> agreeing = Agreeing();
        ClockPoint[] pooled = [.. agreeing.SelectMany(track => track.Points).OrderBy(point => point.TimeUs)];
        ClockLine? participant = pooled.Length == 0 ? null : ClockLine.Below(pooled, MinDriftSpanUs);
        Dictionary<string, TrackClock> clocks = [];
        foreach (Track track in _tracks)
        {
            bool agrees = agreeing.Contains(track);
            clocks[track.Id] = Build(track, agrees ? participant : null, fellBack: track.Points.Count > 0 && !agrees);
        }

        return new ParticipantClock(clocks)
        {
            OffsetUs = participant?.At(pooled[pooled.Length / 2].TimeUs),
            DriftPpm = (participant?.Slope ?? 0) * 1e6,
        };
    }

    private double OffsetOf(ulong epoch) => _offsets.TryGetValue(epoch, out Marker.Types.Clock? clock) ? clock.OffsetUs : 0;

    private void FitSenders(Track track)
    {
        track.WallClockSteps = WallClockSteps.Remove(track.Survey.Stretches);
        foreach (ClockStretch stretch in track.Survey.Stretches)
        {
            SenderClock? sender = SenderClock.Fit(stretch.Reports);
            if (sender is null || !IsPlausible(stretch, sender))
            {
                continue;
            }

            track.Senders[stretch] = sender;
            double offset = OffsetOf(stretch.Epoch);
            track.Points.AddRange(sender.Accepted.Select(reading => new ClockPoint(reading.SenderUs, reading.ArrivalUs + offset - reading.SenderUs)));
        }

        track.Points.Sort((a, b) => a.TimeUs.CompareTo(b.TimeUs));
        if (track.Points.Count > 0)
        {
            track.Line = ClockLine.Below(track.Points, MinDriftSpanUs);
        }
    }

    // Reports that were made for another stream place its packets seconds to hours away from where the reports themselves arrived.
    private static bool IsPlausible(ClockStretch stretch, SenderClock sender)
    {
        double packets = stretch.Arrivals.Points.Min(point => point.TimeUs + point.AheadUs - sender.ToSenderUs(point.TimeUs));
        double reports = sender.Accepted.Min(reading => reading.ArrivalUs - reading.SenderUs);
        return Math.Abs(packets - reports) < PlausibleUs;
    }

    // The tracks that agree with the one that most reports agree with.
    private List<Track> Agreeing()
    {
        List<Track> best = [];
        int bestReports = 0;
        foreach (Track track in _tracks.Where(track => track.Points.Count > 0))
        {
            List<Track> group = [.. _tracks.Where(other => other.Points.Count > 0 && Agree(track, other))];
            int reports = group.Sum(other => other.Points.Count);
            if (reports > bestReports)
            {
                (best, bestReports) = (group, reports);
            }
        }

        return best;
    }

    private bool Agree(Track a, Track b)
    {
        double at = Math.Max(a.Points[0].TimeUs, b.Points[0].TimeUs);
        double until = Math.Min(a.Points[^1].TimeUs, b.Points[^1].TimeUs);
        double allowed = MaxDisagreementUs + (ExtrapolationPerUs * Math.Max(0, at - until));
        double middle = (at + until) / 2;
        double later = a.Line.At(middle) - b.Line.At(middle);
        if (Math.Abs(later) <= allowed)
        {
            return true;
        }

        // Sound has a report in five seconds, and the only ones of a short track may all have been late. Its packets then tell that the clock is the same.
        (Track late, Track other) = later > 0 ? (a, b) : (b, a);
        return Math.Abs(LeastDelay(late, other.Line)) <= allowed;
    }

    private TrackClock Build(Track track, ClockLine? participant, bool fellBack)
    {
        double floor = participant is null ? 0 : Floor(track, participant.Value);
        List<TrackClock.Stretch> bySegment = [];
        double residual = 0;
        double skew = 0;
        double longest = -1;
        int rejected = 0;
        foreach (ClockStretch stretch in track.Survey.Stretches)
        {
            ClockLine arrival = stretch.Line();
            SenderClock? sender = participant is null ? null : track.Senders.GetValueOrDefault(stretch);
            TrackClock.Stretch mapping = new()
            {
                ClockRate = stretch.ClockRate,
                Sender = sender,
                Participant = participant ?? default,
                Arrival = arrival,
                FirstMediaUs = stretch.Arrivals.Points[0].TimeUs,
                ArrivalOffsetUs = OffsetOf(stretch.Epoch) - floor,
            };
            residual = Math.Max(residual, sender?.ResidualMs ?? ArrivalResidualMs(stretch, arrival));
            rejected += sender?.Rejected ?? 0;
            double length = stretch.Arrivals.Points[^1].TimeUs - stretch.Arrivals.Points[0].TimeUs;
            if (length > longest)
            {
                longest = length;
                skew = sender is null ? arrival.Slope : sender.Skew + participant!.Value.Slope;
            }

            foreach (int segment in stretch.Segments)
            {
                while (bySegment.Count <= segment)
                {
                    bySegment.Add(mapping);
                }

                bySegment[segment] = mapping;
            }
        }

        return new TrackClock([.. bySegment])
        {
            UsesSenderReports = participant is not null && track.Senders.Count > 0,
            FellBackToArrival = fellBack,
            ResidualMs = residual,
            SkewPpm = skew * 1e6,
            RejectedReports = rejected,
            WallClockSteps = track.WallClockSteps,
            Codec = track.Survey.Codec,
        };
    }

    // What capture and sending always take, seen where reports tell the time of capture: the same holds where there are none.
    private double Floor(Track track, ClockLine participant)
    {
        double least = LeastDelay(track, participant);
        return double.IsInfinity(least) ? 0 : Math.Clamp(least, 0, MaxFloorUs);
    }

    // From the time that the reports say to arrival, less what the line says that reports take.
    private double LeastDelay(Track track, ClockLine line)
    {
        double least = double.PositiveInfinity;
        foreach ((ClockStretch stretch, SenderClock sender) in track.Senders)
        {
            double offset = OffsetOf(stretch.Epoch);
            foreach (ClockPoint point in stretch.Arrivals.Points)
            {
                double senderUs = sender.ToSenderUs(point.TimeUs);
                least = Math.Min(least, point.TimeUs + point.AheadUs + offset - senderUs - line.At(senderUs));
            }
        }

        return least;
    }

    private static double ArrivalResidualMs(ClockStretch stretch, ClockLine line)
    {
        double[] above = [.. stretch.Arrivals.Points.Select(point => point.AheadUs - line.At(point.TimeUs)).Order()];
        return above[(int)(0.95 * (above.Length - 1))] / 1000;
    }

    private sealed class Track(string id, TrackSurvey survey)
    {
        public string Id { get; } = id;

        public TrackSurvey Survey { get; } = survey;

        public Dictionary<ClockStretch, SenderClock> Senders { get; } = [];

        /// <summary>Recording time less sender time at each accepted report, in order.</summary>
        public List<ClockPoint> Points { get; } = [];

        public ClockLine Line { get; set; }

        public int WallClockSteps { get; set; }
    }
}
