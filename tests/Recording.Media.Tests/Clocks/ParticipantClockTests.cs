using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Recording.Media.Clocks;
using Recording.Media.Playback;
using Recording.Media.Tests.Support;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Tests.Clocks;

public class ParticipantClockTests
{
    [Theory]
    [InlineData(200, -200, 0)]
    [InlineData(-200, 200, 100)]
    [InlineData(0, 0, -50)]
    [InlineData(200, 200, 0)]
    public void Sound_and_pictures_of_three_hours_stay_together_though_all_clocks_are_off(double audioPpm, double videoPpm, double wallPpm)
    {
        SimulatedSender audio = new() { Seconds = 10_800, IntervalSeconds = 1, MediaSkewPpm = audioPpm, WallSkewPpm = wallPpm, WallOffsetSeconds = 3, Seed = 1 };
        SimulatedSender video = new()
        {
            IsAudio = false,
            Seconds = 10_800,
            IntervalSeconds = 1,
            MediaSkewPpm = videoPpm,
            WallSkewPpm = wallPpm,
            WallOffsetSeconds = 3,
            ReportSeconds = 1,
            Seed = 2,
            SendDelaySeconds = 0.025,
        };
        (ParticipantClock clock, double[] audioErrors, double[] videoErrors) = Map(audio, video);
        Assert.All(clock.Tracks.Values, track => Assert.True(track.UsesSenderReports && !track.FellBackToArrival));
        double[] apart = [.. audioErrors.Zip(videoErrors, (a, v) => Math.Abs(a - v)).Order()];
        Assert.InRange(apart[apart.Length / 2], 0, 2_000);
        Assert.InRange(apart[^1], 0, 10_000);

        // Against the recording clock too: what is left is the network's own delay.
        Assert.All(audioErrors, error => Assert.InRange(error, 25_000, 45_000));
        Assert.Equal(-wallPpm, clock.DriftPpm, 2.0);
    }

    [Property(MaxTest = 40)]
    public Property Errors_stay_bounded_for_any_skew_and_jitter() => Prop.ForAll(
        ArbMap.Default.ArbFor<int>(),
        seed =>
        {
            Random random = new(seed);
            SimulatedSender audio = new()
            {
                Seed = seed,
                Seconds = 30 + random.Next(120),
                MediaSkewPpm = random.Next(-200, 201),
                WallSkewPpm = random.Next(-200, 201),
                WallOffsetSeconds = random.Next(-3600, 3600),
                MeanJitterSeconds = random.NextDouble() * 0.03,
                FirstTimestamp = (uint)random.NextInt64(),
            };
            SimulatedSender video = audio with
            {
                IsAudio = false,
                Seed = seed + 1,
                ReportSeconds = 1,
                MediaSkewPpm = random.Next(-200, 201),
                FirstTimestamp = (uint)random.NextInt64(),
                SendDelaySeconds = 0.03,
            };
            (_, double[] audioErrors, double[] videoErrors) = Map(audio, video);
            double[] apart = [.. audioErrors.Zip(videoErrors, (a, v) => Math.Abs(a - v)).Order()];
            return (apart[^1] < 40_000 && apart[apart.Length / 2] < 20_000).Label($"seed {seed}: worst {apart[^1]} µs, median {apart[apart.Length / 2]} µs");
        });

    [Theory]
    [InlineData(200)]
    [InlineData(-200)]
    [InlineData(0)]
    public void Without_reports_the_least_delayed_packets_tell_the_clock(double ppm)
    {
        SimulatedSender audio = new() { Seconds = 1_800, ReportSeconds = 0, MediaSkewPpm = ppm, MeanJitterSeconds = 0.02, Seed = 5 };
        (ParticipantClock clock, double[] errors, _) = Map(audio);
        TrackClock track = clock["audio"];
        Assert.False(track.UsesSenderReports);
        Assert.Null(clock.OffsetUs);
        Assert.All(errors, error => Assert.InRange(error, 27_000, 34_000));
        Assert.Equal(-ppm, track.SkewPpm, 3.0);
        Assert.InRange(track.ResidualMs, 0, 60);
    }

    [Fact]
    public void A_burst_at_subscription_does_not_shift_the_track()
    {
        SimulatedSender audio = new() { ReportSeconds = 0, BurstSeconds = 2, IntervalSeconds = 0.02, Seed = 6 };
        (_, double[] errors, _) = Map(audio);
        Assert.All(errors, error => Assert.InRange(error, 25_000, 45_000));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(0)]
    public void Timestamps_that_freeze_over_a_silence_keep_the_silence(double reportSeconds)
    {
        SimulatedSender audio = new() { Freeze = (20, 25), IntervalSeconds = 0.02, Seconds = 60, ReportSeconds = reportSeconds, Seed = 7 };
        (_, double[] errors, _) = Map(audio);
        Assert.All(errors, error => Assert.InRange(error, 25_000, 45_000));
    }

    [Fact]
    public void Reports_that_lie_are_left_out()
    {
        SimulatedSender video = new() { IsAudio = false, ReportSeconds = 1, LyingReportEvery = 7, Seconds = 120, Seed = 8 };
        (ParticipantClock clock, double[] errors, _) = Map(video);
        Assert.Equal(16, clock["video"].RejectedReports, 1.0);
        Assert.All(errors, error => Assert.InRange(error, 25_000, 45_000));
    }

    [Fact]
    public void A_track_whose_reports_disagree_goes_by_arrival_and_says_so()
    {
        SimulatedSender audio = new() { ReportSeconds = 1, Seed = 9 };
        SimulatedSender video = new() { IsAudio = false, WallOffsetSeconds = 0.4, ReportSeconds = 5, Seed = 10 };
        (ParticipantClock clock, double[] audioErrors, double[] videoErrors) = Map(audio, video);
        Assert.False(clock["audio"].FellBackToArrival);
        Assert.True(clock["video"].FellBackToArrival);
        Assert.All(audioErrors.Concat(videoErrors), error => Assert.InRange(error, 25_000, 45_000));
    }

    [Fact]
    public void A_track_whose_only_report_was_late_goes_by_it_all_the_same()
    {
        SimulatedSender audio = new() { Seconds = 9, IntervalSeconds = 0.02, SendDelaySeconds = 0.04, ReportSeconds = 60, ReportDelaySeconds = 0.15, Seed = 16 };
        SimulatedSender video = new() { IsAudio = false, Seconds = 9, IntervalSeconds = 0.04, ReportSeconds = 1, Seed = 17 };
        (ParticipantClock clock, double[] audioErrors, double[] videoErrors) = Map(audio, video);
        Assert.All(clock.Tracks.Values, track => Assert.Equal((true, false), (track.UsesSenderReports, track.FellBackToArrival)));
        Assert.All(audioErrors.Concat(videoErrors), error => Assert.InRange(error, 25_000, 45_000));
    }

    [Fact]
    public void The_offset_of_the_recording_clock_is_added()
    {
        SimulatedSender sender = new() { Seed = 11 };
        (byte[] plain, _) = sender.Run();
        Marker far = new() { Clock = new Marker.Types.Clock { OffsetUs = 9_000_000, RoundTripUs = 80_000 } };
        Marker near = new() { Clock = new Marker.Types.Clock { OffsetUs = 2_000_000, RoundTripUs = 900 } };
        byte[] markers = new TrackFileBuilder("audio", sender.Format).AddMarker(far).AddMarker(near).AddMarker(far).Build();
        byte[] shifted = [.. plain, .. markers];
        TrackClock before = ParticipantClock.OfSingleTrack(new MemoryStream(plain));
        TrackClock after = ParticipantClock.OfSingleTrack(new MemoryStream(shifted));
        Assert.Equal(before.ToRecordingUs(0, 0x1_0000_0000) + 2_000_000, after.ToRecordingUs(0, 0x1_0000_0000));
    }

    [Property(MaxTest = 12)]
    public Property Errors_stay_bounded_over_hours_of_sparse_packets_on_a_bad_network() => Prop.ForAll(
        ArbMap.Default.ArbFor<int>(),
        seed =>
        {
            Random random = new(seed);
            SimulatedSender audio = new()
            {
                Seed = seed,
                Seconds = 7_200 + random.Next(3_600),
                IntervalSeconds = 0.4 + random.NextDouble(),
                MediaSkewPpm = random.Next(-200, 201),
                WallSkewPpm = random.Next(-200, 201),
                WallOffsetSeconds = random.Next(-3600, 3600),
                MeanJitterSeconds = 0.005 + (random.NextDouble() * 0.02),
                LossRate = random.NextDouble() * 0.2,
                LateRate = random.NextDouble() * 0.1,
                LyingReportEvery = random.Next(5, 50),
                FirstTimestamp = (uint)random.NextInt64(),
                FirstSequence = (ushort)random.Next(),
            };
            SimulatedSender video = audio with
            {
                IsAudio = false,
                Seed = seed + 1,
                ReportSeconds = 1 + random.NextDouble(),
                MediaSkewPpm = random.Next(-200, 201),
                FirstTimestamp = (uint)random.NextInt64(),
                SendDelaySeconds = 0.03,
            };
            (ParticipantClock clock, double[] audioErrors, double[] videoErrors) = Map(audio, video);
            double worst = audioErrors.Concat(videoErrors).Max(error => Math.Abs(error - 30_000));
            bool residualsTell = clock.Tracks.Values.All(track => track.UsesSenderReports && track.ResidualMs is >= 0 and < 10);
            return (worst < 20_000 && residualsTell).Label($"seed {seed}: worst {worst} µs off the least delay, residuals {string.Join(" ", clock.Tracks.Values.Select(track => track.ResidualMs))} ms");
        });

    [Property(MaxTest = 12)]
    public Property Without_reports_errors_stay_bounded_over_hours_too() => Prop.ForAll(
        ArbMap.Default.ArbFor<int>(),
        seed =>
        {
            Random random = new(seed);
            SimulatedSender sender = new()
            {
                Seed = seed,
                IsAudio = random.Next(2) == 0,
                ReportSeconds = 0,
                Seconds = 7_200 + random.Next(3_600),
                IntervalSeconds = 0.2 + (random.NextDouble() * 0.4),
                MediaSkewPpm = random.Next(-200, 201),
                MeanJitterSeconds = 0.005 + (random.NextDouble() * 0.02),
                LossRate = random.NextDouble() * 0.2,
                LateRate = random.NextDouble() * 0.1,
                FirstTimestamp = (uint)random.NextInt64(),
                FirstSequence = (ushort)random.Next(),
            };
            (ParticipantClock clock, double[] errors, _) = Map(sender);
            double worst = errors.Max(error => Math.Abs(error - 30_000));
            TrackClock track = clock.Tracks.Values.Single();
            return (worst < 20_000 && Math.Abs(track.SkewPpm + sender.MediaSkewPpm) < 2).Label($"seed {seed}: worst {worst} µs, skew {track.SkewPpm} ppm for {sender.MediaSkewPpm}");
        });

    [Theory]
    [InlineData(3600)]
    [InlineData(-3600)]
    [InlineData(2)]
    public void A_wall_clock_that_is_set_in_mid_call_moves_nothing(double step)
    {
        SimulatedSender audio = new() { WallStep = (61, step), Seconds = 120, IntervalSeconds = 0.02, Seed = 12 };
        SimulatedSender video = new() { IsAudio = false, WallStep = (61, step), Seconds = 120, IntervalSeconds = 0.05, ReportSeconds = 1, Seed = 13 };
        (ParticipantClock clock, double[] audioErrors, double[] videoErrors) = Map(audio, video);
        Assert.All(clock.Tracks.Values, track => Assert.Equal((1, false, true), (track.WallClockSteps, track.FellBackToArrival, track.UsesSenderReports)));
        Assert.All(audioErrors.Concat(videoErrors), error => Assert.InRange(error, 20_000, 50_000));
    }

    [Fact]
    public void A_wall_clock_that_is_set_while_the_sender_is_silent_moves_nothing()
    {
        SimulatedSender audio = new() { WallStep = (27, 3600), Freeze = (20, 30), Seconds = 120, IntervalSeconds = 0.02, ReportSeconds = 2, Seed = 14 };
        (ParticipantClock clock, double[] errors, _) = Map(audio);
        Assert.Equal(1, clock["audio"].WallClockSteps);
        Assert.All(errors, error => Assert.InRange(error, 15_000, 60_000));
    }

    [Fact]
    public void A_report_from_before_the_first_packet_and_across_the_wrap_counts_like_any_other()
    {
        // The first packet's timestamp is 1000; the report's, half a second before, is near 2^32.
        SimulatedSender audio = new() { FirstTimestamp = 1000, EarlyReportSeconds = 0.5, IntervalSeconds = 0.02, Seconds = 60, Seed = 15 };
        (ParticipantClock clock, double[] errors, _) = Map(audio);
        Assert.Equal((true, 0), (clock["audio"].UsesSenderReports, clock["audio"].RejectedReports));
        Assert.All(errors, error => Assert.InRange(error, 25_000, 45_000));
    }

    private static (ParticipantClock Clock, double[] First, double[] Second) Map(params SimulatedSender[] senders)
    {
        ParticipantClockEstimator estimator = new();
        List<(string Id, byte[] File, List<double> Captured)> tracks = [];
        foreach (SimulatedSender sender in senders)
        {
            (byte[] file, List<double> captured) = sender.Run();
            string id = sender.IsAudio ? "audio" : "video";
            estimator.AddTrack(id, new MemoryStream(file));
            tracks.Add((id, file, captured));
        }

        ParticipantClock clock = estimator.Estimate();
        double[][] errors = [.. tracks.Select(track => Errors(clock[track.Id], track.File, track.Captured))];
        return (clock, errors[0], errors.Length > 1 ? errors[1] : []);
    }

    // Mapped time less true capture time of every packet, in µs.
    private static double[] Errors(TrackClock clock, byte[] file, List<double> captured)
    {
        List<double> errors = [];
        TrackPlayback playback = new(new MemoryStream(file));
        while (playback.Read())
        {
            if (playback.Item == PlaybackItem.Packet)
            {
                errors.Add(clock.ToRecordingUs(playback.Packet.ClockSegment, playback.Packet.Timestamp) - captured[errors.Count]);
            }
        }

        Assert.Equal(captured.Count, errors.Count);
        return [.. errors];
    }
}
