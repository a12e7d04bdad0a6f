using Recording.Media.Playback;
using Recording.Media.Rtp;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Clocks;

/// <summary>The first pass over a track file: what it says about clocks, in memory that grows with hours, not with packets.</summary>
internal sealed class TrackSurvey
{
    private const double NtpToUnixSeconds = 2_208_988_800;

    private readonly List<ClockStretch> _bySegment = [];
    private readonly List<(SenderReport Report, long ArrivalUs, ulong Epoch)> _reports = [];

    private TrackSurvey()
    {
    }

    /// <summary>Unbroken stretches, those joined that the network had torn.</summary>
    public List<ClockStretch> Stretches { get; } = [];

    /// <summary>Offset of the recording clock to the SFU clock by epoch, with the round trip that it was measured by.</summary>
    public Dictionary<ulong, Marker.Types.Clock> Offsets { get; } = [];

    public static TrackSurvey Read(Stream trackFile, PlaybackOptions? options)
    {
        TrackSurvey survey = new();
        TrackPlayback playback = new(trackFile, options);
        while (playback.Read())
        {
            survey.Take(playback);
        }

        survey.Join();
        survey.AssignReports();
        return survey;
    }

    public static double ToUs(ulong ntp) => ((ntp >> 32) - NtpToUnixSeconds) * 1e6 + ((uint)ntp * (1e6 / 4_294_967_296.0));

    private void Take(TrackPlayback playback)
    {
        switch (playback.Item)
        {
            case PlaybackItem.Packet:
                MediaPacket packet = playback.Packet;
                if (packet.ClockSegment == _bySegment.Count)
                {
                    _bySegment.Add(new ClockStretch(packet.Ssrc, Math.Max(1, playback.PacketFormat.ClockRate), playback.Epoch) { Segments = { packet.ClockSegment } });
                }

                if (playback.IsOnTime || _bySegment[packet.ClockSegment].Arrivals.Points.Count == 0)
                {
                    _bySegment[packet.ClockSegment].Add(packet.Timestamp, packet.ArrivalUs);
                }

                break;
            case PlaybackItem.SenderReport when playback.Report.NtpTime != 0:
                _reports.Add((playback.Report, playback.ReportArrivalUs, playback.Epoch));
                break;
            case PlaybackItem.Marker when playback.Marker!.WhatCase == Marker.WhatOneofCase.Clock:
                KeepBest(Offsets, playback.MarkerEpoch, playback.Marker.Clock);
                break;
            default:
                break;
        }
    }

    /// <summary>The offset measured over the shortest round trip is the best; of equals the newest.</summary>
    public static void KeepBest(Dictionary<ulong, Marker.Types.Clock> offsets, ulong epoch, Marker.Types.Clock clock)
    {
        if (!offsets.TryGetValue(epoch, out Marker.Types.Clock? known) || clock.RoundTripUs <= known.RoundTripUs)
        {
            offsets[epoch] = clock;
        }
    }

    private void Join()
    {
        Dictionary<uint, ClockStretch> last = [];
        foreach (ClockStretch stretch in _bySegment)
        {
            if (last.TryGetValue(stretch.Ssrc, out ClockStretch? before) && before.Continues(stretch))
            {
                before.Append(stretch);
                continue;
            }

            last[stretch.Ssrc] = stretch;
            Stretches.Add(stretch);
        }
    }

    // A report belongs to the stretch that was running when it came, or to the first when it came before.
    private void AssignReports()
    {
        Dictionary<ClockStretch, ClockLine> lines = Stretches.ToDictionary(stretch => stretch, stretch => stretch.Line());

        // Reports that the SFU did not number have an epoch of their own: SSRC and arrival tell whose they are.
        HashSet<ulong> epochs = [.. Stretches.Select(static stretch => stretch.Epoch)];
        foreach ((SenderReport report, long arrivalUs, ulong epoch) in _reports)
        {
            ClockStretch? stretch = null;
            foreach (ClockStretch candidate in Stretches)
            {
                if (candidate.Ssrc == report.Ssrc && (candidate.Epoch == epoch || !epochs.Contains(epoch)) && (stretch is null || candidate.FirstArrivalUs <= arrivalUs))
                {
                    stretch = candidate;
                }
            }

            if (stretch is null)
            {
                continue;
            }

            // Arrival tells which turn of the 32-bit timestamp is meant.
            ClockLine line = lines[stretch];
            long expected = (long)((arrivalUs - line.OffsetUs) * stretch.ClockRate / 1e6);
            long timestamp = expected + (int)(report.RtpTimestamp - (uint)expected);
            stretch.Reports.Add(new SenderReading(ToUs(report.NtpTime), stretch.MediaUs(timestamp), arrivalUs));
        }
    }
}
