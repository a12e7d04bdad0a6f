namespace Recording.Media.Clocks;

/// <summary>Maps one track's RTP time to recording time. Made by <see cref="ParticipantClock"/>; belongs to one track file. Not thread-safe.</summary>
public sealed class TrackClock
{
    private readonly Stretch[] _bySegment;

    internal TrackClock(Stretch[] bySegment) => _bySegment = bySegment;

    /// <summary>Sender reports place at least one stretch of this track.</summary>
    public bool UsesSenderReports { get; internal init; }

    /// <summary>The track's reports disagree with its participant's by over 50 ms: arrival times place it.</summary>
    public bool FellBackToArrival { get; internal init; }

    /// <summary>How far the readings lie off the mapping, 95th percentile of the worst stretch, in ms.</summary>
    public double ResidualMs { get; internal init; }

    /// <summary>Rate of the recording clock against the track's media clock, in parts per million; of the longest stretch.</summary>
    public double SkewPpm { get; internal init; }

    /// <summary>Sender reports that fit no neighbour.</summary>
    public int RejectedReports { get; internal init; }

    /// <summary>Times that the sender's wall clock was set by over half a second in mid-track; the track is placed as if it had not been.</summary>
    public int WallClockSteps { get; internal init; }

    /// <summary>The codec of most of the track's packets, of those that can be remuxed; of the first packet when none can; empty without packets.</summary>
    public string Codec { get; internal init; } = "";

    /// <summary>Clock segments of the track file.</summary>
    public int SegmentCount => _bySegment.Length;

    /// <summary>Recording time in µs since 1970 of an unwrapped RTP timestamp.</summary>
    /// <param name="clockSegment">The packet's segment, as the playback of the same file counts them.</param>
    /// <param name="timestamp">Unwrapped RTP timestamp in ticks.</param>
    public long ToRecordingUs(int clockSegment, long timestamp)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)clockSegment, (uint)_bySegment.Length, nameof(clockSegment));
        return (long)Math.Round(_bySegment[clockSegment].ToRecordingUs(timestamp));
    }

    /// <summary>
    /// The same clock, but each stretch runs at the rate that its codec names, from where it starts: times are the sender's own, skew and all, as tools
    /// without a recording clock have them.
    /// </summary>
    public TrackClock AtNominalRate()
    {
        Stretch[] nominal = new Stretch[_bySegment.Length];
        for (int i = 0; i < nominal.Length; i++)
        {
            nominal[i] = i > 0 && _bySegment[i] == _bySegment[i - 1] ? nominal[i - 1] : _bySegment[i].AtNominalRate();
        }

        return new TrackClock(nominal)
        {
            UsesSenderReports = UsesSenderReports,
            FellBackToArrival = FellBackToArrival,
            RejectedReports = RejectedReports,
            WallClockSteps = WallClockSteps,
            Codec = Codec,
        };
    }

    /// <summary>The mapping of one stretch.</summary>
    internal sealed class Stretch
    {
        public required uint ClockRate { get; init; }

        /// <summary>Media to sender time; null = by arrival.</summary>
        public SenderClock? Sender { get; init; }

        /// <summary>Recording time less sender time.</summary>
        public ClockLine Participant { get; init; }

        /// <summary>Arrival less media time, when there is no sender clock.</summary>
        public ClockLine Arrival { get; init; }

        /// <summary>Recording clock less SFU clock, less the delay that all of the track's packets have; µs.</summary>
        public double ArrivalOffsetUs { get; init; }

        /// <summary>Media time of the stretch's first reading, µs.</summary>
        public double FirstMediaUs { get; init; }

        public Stretch AtNominalRate() => new()
        {
            ClockRate = ClockRate,
            Arrival = new ClockLine(FirstMediaUs, ToRecordingUs(FirstMediaUs) - FirstMediaUs, 0),
            FirstMediaUs = FirstMediaUs,
        };

        public double ToRecordingUs(long timestamp) => ToRecordingUs(timestamp * 1e6 / ClockRate);

        private double ToRecordingUs(double media)
        {
            if (Sender is null)
            {
                return media + Arrival.At(media) + ArrivalOffsetUs;
            }

            double sender = Sender.ToSenderUs(media);
            return sender + Participant.At(sender);
        }
    }
}
