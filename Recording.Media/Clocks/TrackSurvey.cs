using Recording.Media.Depacketizers;
using Recording.Media.Playback;
using Recording.Media.Rtp;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Clocks;

/// <summary>The first pass over a track file: what it says about clocks, in memory that grows with hours, not with packets.</summary>
internal sealed class TrackSurvey
{
    private const double NtpToUnixSeconds = 2_208_988_800;
    private const double ClearlyUs = 100_000;
    private const long MaxOvertakeUs = 1_000_000;

    private readonly List<ClockStretch> _bySegment = [];
    private readonly List<(SenderReport Report, long ArrivalUs, ulong Epoch)> _reports = [];

    private readonly Dictionary<string, long> _packets = [];
    private PayloadFormat? _format;
    private long _formatPackets;

    private TrackSurvey()
    {
    }

    /// <summary>Unbroken stretches, those joined that the network had torn.</summary>
    public List<ClockStretch> Stretches { get; } = [];

    /// <summary>Offset of the recording clock to the SFU clock by epoch, with the round trip that it was measured by.</summary>
    public Dictionary<ulong, Marker.Types.Clock> Offsets { get; } = [];

    /// <summary>See <see cref="TrackClock.Codec"/>.</summary>
    public string Codec { get; private set; } = "";

    public static TrackSurvey Read(Stream trackFile, PlaybackOptions? options)
    {
        TrackSurvey survey = new();
        TrackPlayback playback = new(trackFile, options);
        while (playback.Read())
        {
            survey.Take(playback);
        }

        survey.CountFormat(null);
        survey.ChooseCodec();
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
                CountFormat(playback.PacketFormat);
                int segment = playback.ClockSegment;
                if (segment == _bySegment.Count)
                {
                    _bySegment.Add(new ClockStretch(playback.Packet.Ssrc, Math.Max(1, playback.PacketFormat.ClockRate), playback.Epoch) { Segments = { segment } });
                }

                ClockStretch stretch = _bySegment[segment];
                if (playback.IsOnTime || stretch.Arrivals.Points.Count == 0)
                {
                    stretch.Add(playback.Timestamp, playback.ArrivalUs);
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

    private void CountFormat(PayloadFormat? format)
    {
        if (!ReferenceEquals(format, _format))
        {
            if (_format is not null)
            {
                _packets[_format.Codec] = _packets.GetValueOrDefault(_format.Codec) + _formatPackets;
            }

            _format = format;
            _formatPackets = 0;
        }

        _formatPackets++;
    }

    private void ChooseCodec()
    {
        long most = 0;
        foreach ((string codec, long packets) in _packets)
        {
            if (packets > most && RenderableCodecs.Names.Contains(codec, StringComparer.Ordinal))
            {
                (Codec, most) = (codec, packets);
            }
        }

        Codec = Codec.Length > 0 ? Codec : _packets.Keys.FirstOrDefault("");
    }

    // What the network tore is put together again; a packet or two that were late are no stretch by themselves.
    private void Join()
    {
        Dictionary<uint, ClockStretch> last = [];
        Dictionary<uint, ClockStretch> delayed = [];
        foreach (ClockStretch stretch in _bySegment)
        {
            if (!last.TryGetValue(stretch.Ssrc, out ClockStretch? before))
            {
                last[stretch.Ssrc] = stretch;
                Stretches.Add(stretch);
                continue;
            }

            if (before.Continues(stretch))
            {
                if (delayed.Remove(stretch.Ssrc, out ClockStretch? between))
                {
                    Stretches.Remove(between);
                    before.Append(between);
                }

                before.Append(stretch);
            }
            else if (delayed.Remove(stretch.Ssrc, out ClockStretch? held))
            {
                // It was a clock of its own after all.
                Follow(held, stretch);
            }
            else if (stretch.IsDelayOf(before))
            {
                delayed[stretch.Ssrc] = stretch;
                Stretches.Add(stretch);
            }
            else
            {
                Follow(before, stretch);
            }
        }

        foreach (ClockStretch late in delayed.Values)
        {
            Stretches.Remove(late);
            last[late.Ssrc].Append(late);
        }

        void Follow(ClockStretch before, ClockStretch stretch)
        {
            if (before.Continues(stretch))
            {
                before.Append(stretch);
                last[stretch.Ssrc] = before;
                return;
            }

            if (before.IsDelayOf(stretch))
            {
                Stretches.Remove(before);
                stretch.Append(before);
            }

            last[stretch.Ssrc] = stretch;
            Stretches.Add(stretch);
        }
    }

    // A report belongs to the stretch that was running when it came, or to the first when it came before. It may overtake the first packet of a stretch:
    // then it fits that one.
    private void AssignReports()
    {
        Dictionary<ClockStretch, ClockLine> lines = Stretches.ToDictionary(stretch => stretch, stretch => stretch.Line());

        // Reports that the SFU did not number have an epoch of their own: SSRC and arrival tell whose they are.
        HashSet<ulong> epochs = [.. Stretches.Select(static stretch => stretch.Epoch)];
        foreach ((SenderReport report, long arrivalUs, ulong epoch) in _reports)
        {
            ClockStretch? running = null;
            ClockStretch? next = null;
            foreach (ClockStretch candidate in Stretches)
            {
                if (candidate.Ssrc != report.Ssrc || (candidate.Epoch != epoch && epochs.Contains(epoch)))
                {
                    continue;
                }

                if (running is null || candidate.FirstArrivalUs <= arrivalUs)
                {
                    running = candidate;
                }
                else if (candidate.FirstArrivalUs <= arrivalUs + MaxOvertakeUs)
                {
                    next ??= candidate;
                }
            }

            if (running is null)
            {
                continue;
            }

            SenderReading reading = Read(running, lines[running], report, arrivalUs);
            if (next is not null && Read(next, lines[next], report, arrivalUs) is SenderReading other
                && Misfit(other, lines[next]) + ClearlyUs < Misfit(reading, lines[running]))
            {
                (running, reading) = (next, other);
            }

            running.Reports.Add(reading);
        }
    }

    // Arrival tells which turn of the 32-bit timestamp is meant.
    private static SenderReading Read(ClockStretch stretch, in ClockLine line, in SenderReport report, long arrivalUs)
    {
        long expected = (long)((arrivalUs - line.OffsetUs) * stretch.ClockRate / 1e6);
        long timestamp = expected + (int)(report.RtpTimestamp - (uint)expected);
        return new SenderReading(ToUs(report.NtpTime), stretch.MediaUs(timestamp), arrivalUs);
    }

    private static double Misfit(in SenderReading reading, in ClockLine line) => Math.Abs(reading.ArrivalUs - reading.MediaUs - line.At(reading.MediaUs));
}
