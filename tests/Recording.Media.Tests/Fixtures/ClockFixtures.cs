using Recording.Media.Clocks;
using Recording.Media.Playback;
using Recording.Media.Remuxing;
using Recording.Media.Tests.Support;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Tests.Fixtures;

/// <summary>What clocks do: fixtures 20-22, and a codec that changes on one SSRC. Each is generated here, with the numbers that must come out.</summary>
public class ClockFixtures
{
    private const long Second = 1_000_000;

    [Theory]
    [InlineData(200, -200, 50)]
    [InlineData(-200, 200, 50)]
    [InlineData(200, 200, 0)]
    public void Fixture_20_two_hours_at_200_ppm_stay_in_step_to_the_end(double audioPpm, double videoPpm, int lossPercent)
    {
        MediaTrack audio = Sparse("opus", 0x2000, 111, audioPpm);
        MediaTrack video = Sparse("vp8", 0x1000, 96, videoPpm);
        Random random = new(lossPercent);
        audio.Lose((number, _) => number > 0 && random.Next(100) < lossPercent);
        ParticipantClockEstimator estimator = new();
        estimator.AddTrack("audio", new MemoryStream(audio.ToFile().Build()));
        estimator.AddTrack("video", new MemoryStream(video.ToFile().Build()));
        ParticipantClock clock = estimator.Estimate();
        foreach ((string id, MediaTrack track, double ppm) in ((string, MediaTrack, double)[])[("audio", audio, audioPpm), ("video", video, videoPpm)])
        {
            Assert.Equal(-ppm, clock[id].SkewPpm, 1.0);
            Assert.InRange(clock[id].ResidualMs, 0, 1);
            Assert.InRange(WorstErrorUs(track, clock[id]), 0, 1000);
        }
    }

    [Fact]
    public void Fixture_21_a_report_of_before_the_first_packet_and_one_at_the_wrap_are_placed_right()
    {
        // The first packet's timestamp is 100; the first report is of a second before, which is 47,900 ticks below the wrap.
        MediaTrack audio = MediaTrack.Audio(timestamp: 100).AddSound(0, 20).Report(-Second).Report(4 * Second).Report(9 * Second);
        TrackClock clock = ParticipantClock.OfSingleTrack(new MemoryStream(audio.ToFile().Build()));
        Assert.Equal((true, 0), (clock.UsesSenderReports, clock.RejectedReports));
        Assert.InRange(WorstErrorUs(audio, clock), 0, 1000);

        MediaTrack video = MediaTrack.Video(timestamp: unchecked((uint)(-5 * 90_000))).AddPictures(0, 10).Report(Second).Report(5 * Second).Report(5 * Second + 11).Report(9 * Second);
        clock = ParticipantClock.OfSingleTrack(new MemoryStream(video.ToFile().Build()));
        Assert.Equal((true, 0), (clock.UsesSenderReports, clock.RejectedReports));
        Assert.InRange(WorstErrorUs(video, clock), 0, 1000);
    }

    [Theory]
    [InlineData(3600)]
    [InlineData(-3600)]
    public void Fixture_21_a_report_that_lies_by_an_hour_is_rejected(double seconds)
    {
        MediaTrack audio = MediaTrack.Audio().AddSound(0, 60);
        for (int i = 0; i < 12; i++)
        {
            audio.Report(i * 5 * Second, i is 4 or 11 ? seconds : 0);
        }

        TrackClock clock = ParticipantClock.OfSingleTrack(new MemoryStream(audio.ToFile().Build()));
        Assert.Equal((true, 2, 0), (clock.UsesSenderReports, clock.RejectedReports, clock.WallClockSteps));
        Assert.InRange(WorstErrorUs(audio, clock), 0, 1000);
    }

    [Theory]
    [InlineData(3600)]
    [InlineData(-3600)]
    public void Fixture_21_a_wall_clock_that_jumps_by_an_hour_and_stays_moves_nothing(double seconds)
    {
        MediaTrack audio = MediaTrack.Audio().AddSound(0, 60);
        for (int i = 0; i < 12; i++)
        {
            audio.Report(i * 5 * Second, i >= 6 ? seconds : 0);
        }

        TrackClock clock = ParticipantClock.OfSingleTrack(new MemoryStream(audio.ToFile().Build()));
        Assert.Equal((true, 0, 1), (clock.UsesSenderReports, clock.RejectedReports, clock.WallClockSteps));
        Assert.InRange(WorstErrorUs(audio, clock), 0, 1000);
    }

    [Fact]
    public void Fixture_21_without_any_report_arrival_places_the_track()
    {
        MediaTrack audio = MediaTrack.Audio().AddSound(0, 30);
        TrackClock clock = ParticipantClock.OfSingleTrack(new MemoryStream(audio.ToFile().Build()));
        Assert.False(clock.UsesSenderReports);
        Assert.InRange(WorstErrorUs(audio, clock), 0, 1000);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Fixture_22_a_phone_call_that_freezes_the_timestamps_leaves_its_five_seconds(bool hasReports)
    {
        // Sequence numbers go on, the timestamp goes on by 20 ms, the wall by 5 s.
        MediaTrack audio = MediaTrack.Audio().AddSound(0, 10);
        MediaTrack rest = MediaTrack.Audio(sequence: 500, timestamp: unchecked(48_000u - (5 * 48_000))).AddSound(15 * Second, 10);
        if (hasReports)
        {
            audio.Report(2 * Second).Report(7 * Second);
            rest.Report(17 * Second).Report(22 * Second);
        }

        audio.Packets.AddRange(rest.Packets.Select(packet => (packet.AtUs, packet.Data, packet.Frame)));
        (RemuxResult result, byte[] file) = audio.Remux();
        Assert.Equal((1000, 0L, 0), (result.Frames, result.Counters.Lost, result.OverlappingFrames));
        Expect.TimesAre(audio.FrameTimes.Concat(rest.FrameTimes), file);
        MediaGap gap = Assert.Single(result.Gaps);
        Assert.Equal((GapKind.Silence, 5.0), (gap.Kind, Math.Round(Expect.Seconds(gap), 2)));
    }

    [Fact]
    public void Fixture_22_timestamps_that_jump_ahead_while_time_does_not_leave_no_gap()
    {
        MediaTrack audio = MediaTrack.Audio().AddSound(0, 10);
        MediaTrack rest = MediaTrack.Audio(sequence: 500, timestamp: 48_000 + (300 * 48_000)).AddSound(10 * Second, 10);
        audio.Packets.AddRange(rest.Packets);
        (RemuxResult result, byte[] file) = audio.Remux();
        Assert.Equal(1000, result.Frames + result.OverlappingFrames);
        Assert.InRange(result.OverlappingFrames, 0, 1);
        Assert.Empty(result.Gaps);
        Expect.TimesAre(audio.FrameTimes.Concat(rest.FrameTimes), file);
    }

    [Fact]
    public void A_codec_that_changes_on_one_ssrc_does_not_cost_the_track()
    {
        // Half a second of PCMA before Opus takes over, on another clock, as some gateways do; telephone events among it.
        TrackFormat format = TrackFileBuilder.Opus();
        format.PayloadTypes.Add(new PayloadFormat { Pt = 8, Codec = "pcma", ClockRate = 8000, Channels = 1 });
        format.PayloadTypes.Add(new PayloadFormat { Pt = 101, Codec = "telephone-event", ClockRate = 8000 });
        MediaTrack opus = MediaTrack.Audio(sequence: 27).AddSound(Second / 2, 10);
        opus.Format = format;
        for (int i = 0; i < 25; i++)
        {
            opus.Packets.Add((MediaTrack.Start + MediaTrack.DelayUs + (i * 20_000), RtpBytes.Packet(opus.Ssrc, 8, (ushort)i, (uint)i * 160, new byte[160]), -1));
        }

        opus.Packets.Add((MediaTrack.Start + MediaTrack.DelayUs + 490_000, RtpBytes.Packet(opus.Ssrc, 101, 25, 4000, [1, 2, 3, 4]), -1));
        opus.Packets.Add((MediaTrack.Start + MediaTrack.DelayUs + 495_000, RtpBytes.Packet(opus.Ssrc, 101, 26, 4000, [1, 0x8A, 3, 4]), -1));
        (RemuxResult result, byte[] file) = opus.Remux();
        Assert.Equal(("opus", 500, 25L), (result.Codec, result.Frames, result.SkippedPackets));
        Assert.Equal(MediaTrack.Start + MediaTrack.DelayUs + (Second / 2), result.FirstFrameUs, 1000.0);
        Expect.TimesAre(opus.FrameTimes, file);
    }

    private static MediaTrack Sparse(string codec, uint ssrc, byte payloadType, double ppm)
    {
        MediaTrack track = new() { Codec = codec, Ssrc = ssrc, PayloadType = payloadType, SkewPpm = ppm, FirstTimestamp = 0xFFF0_0000, Format = codec == "opus" ? TrackFileBuilder.Opus() : TrackFileBuilder.Vp8() };
        byte[] frame = codec == "opus" ? [0xFC] : [0x11, 0, 0];
        for (long at = 0; at < 7200 * Second; at += 2 * Second)
        {
            track.Add(at, frame);
            if (at % (10 * Second) == 0)
            {
                track.Report(at);
            }
        }

        return track;
    }

    private static double WorstErrorUs(MediaTrack track, TrackClock clock)
    {
        double worst = 0;
        int read = 0;
        TrackPlayback playback = new(new MemoryStream(track.ToFile().Build()));
        List<int> frames = [.. track.Packets.Where(packet => packet.Frame >= 0).OrderBy(packet => packet.AtUs).Select(packet => packet.Frame)];
        while (playback.Read())
        {
            if (playback.Item == PlaybackItem.Packet)
            {
                double at = clock.ToRecordingUs(playback.Packet.ClockSegment, playback.Packet.Timestamp);
                worst = Math.Max(worst, Math.Abs(at - MediaTrack.Start - MediaTrack.DelayUs - track.FrameTimes[frames[read++]]));
            }
        }

        Assert.Equal(frames.Count, read);
        return worst;
    }
}
