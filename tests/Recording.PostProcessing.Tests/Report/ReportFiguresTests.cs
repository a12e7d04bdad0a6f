using Recording.Media.Tests.Support;
using Recording.Media.TrackFiles.Wire;
using Recording.PostProcessing.Report;

namespace Recording.PostProcessing.Tests.Report;

/// <summary>Each figure of the report on a made-up track, with the number that must come out.</summary>
public sealed class ReportFiguresTests
{
    private const long OriginUs = 1_750_000_000_000_000;
    private const int SoundUs = 20_000;
    private const int PictureUs = 40_000;
    private static readonly (int Width, int Height) Small = (320, 180);
    private static readonly (int Width, int Height) Large = (640, 360);

    [Fact]
    public async Task Loss_is_counted_by_the_length_of_its_bursts()
    {
        (int At, int Packets)[] bursts = [(100, 1), (200, 2), (300, 4), (400, 8), (500, 30), (600, 60)];
        ReportTrack track = await SoundAsync(100, builder =>
        {
            for (int i = 0; i < 5000; i++)
            {
                if (!bursts.Any(burst => i >= burst.At && i < burst.At + burst.Packets))
                {
                    builder.Add(OriginUs + ((long)i * SoundUs), MadePackets.Opus(i, i * 960));
                }
            }
        });
        Assert.Equal((5000, 105, 2.1), (track.Packets.Expected, track.Packets.Lost, track.Packets.LossPercent));
        Assert.Equal((6, 60), (track.Loss.Bursts, track.Loss.Longest));
        Assert.Equal(new (int, int?)[] { (1, 1), (2, 2), (3, 5), (6, 10), (11, 50), (51, null) }, track.Loss.Lengths.Select(range => (range.From, range.To)));
        Assert.Equal([1L, 1, 1, 1, 1, 1], track.Loss.Lengths.Select(range => range.Count));
        Assert.Equal(bursts.Select(burst => (burst.At * 20L, burst.Packets * 20L, burst.Packets)), track.Loss.List.Select(burst => (burst.T, burst.DurationMs, burst.Packets)));

        // Holes under 60 ms are no gaps. 2.1 % cost 8.4 points, the longest burst 10.
        Assert.Equal((2040, 82), (track.Gaps.LossMs, track.Score));
    }

    [Fact]
    public async Task A_packet_is_late_when_its_place_was_given_up_or_its_track_was_sealed()
    {
        ReportTrack track = await SoundAsync(
            20,
            builder =>
            {
                for (int i = 0; i < 1000; i++)
                {
                    if (i is not (50 or 100))
                    {
                        builder.Add(OriginUs + ((long)i * SoundUs), MadePackets.Opus(i, i * 960));
                    }

                    // 2 s are waited for, 6 s are not.
                    int delayed = i == 150 ? 50 : i == 400 ? 100 : -1;
                    if (delayed >= 0)
                    {
                        builder.Add(OriginUs + ((long)i * SoundUs), MadePackets.Opus(delayed, delayed * 960));
                    }
                }
            },
            late: 3);
        Assert.Equal((1000, 999, 1, 4, 1, 0), (track.Packets.Received, track.Packets.Media, track.Packets.Lost, track.Packets.Late, track.Packets.Reordered, track.Packets.Duplicates));
    }

    [Fact]
    public async Task Jitter_is_what_the_network_did_to_every_second_packet()
    {
        QualityReport report = await UnevenAsync(10, soundIsLate: us => us / SoundUs % 2 == 1, pictureIsLate: us => us / PictureUs % 2 == 1);
        ReportTrack audio = report.Participants[0].Tracks[0];
        ReportTrack video = report.Participants[0].Tracks[1];

        // RFC 3550: a sixteenth of the way to 10 ms with each packet; read after 1, 2, ... 9 s.
        double[] expected = [.. Enumerable.Range(1, 9).Select(second => 10 * (1 - Math.Pow(15 / 16.0, 50 * second)))];
        Assert.Equal(expected.Average(), audio.Jitter.MeanMs, 0.02);
        Assert.Equal((10, 10), (Math.Round(audio.Jitter.P95Ms, 1), Math.Round(audio.Jitter.MaxMs, 1)));
        Assert.Equal(36, video.Jitter.P95Ms, 0.1);

        // Over 30 ms it costs 3 points.
        Assert.Equal((100, 97), (audio.Score, video.Score));
    }

    [Fact]
    public async Task Sound_against_picture_is_off_by_what_the_readings_of_both_clocks_scatter()
    {
        // Without sender reports a clock is read where packets are least delayed, each half second: every second one of these readings is late.
        QualityReport report = await UnevenAsync(20, soundIsLate: us => us / 500_000 % 2 == 1, pictureIsLate: us => us / 500_000 % 2 == 1);
        ReportTrack audio = report.Participants[0].Tracks[0];
        ReportTrack video = report.Participants[0].Tracks[1];
        Assert.Equal(10, audio.Clock.ResidualMs, 0.5);
        Assert.Equal(36, video.Clock.ResidualMs, 0.5);
        Assert.Equal(audio.Clock.ResidualMs + video.Clock.ResidualMs, report.Participants[0].AvErrorMs!.Value, 0.1);
        Assert.Equal((90, 100), (audio.Score, video.Score));
    }

    [Fact]
    public async Task A_clock_that_runs_slow_is_seen_in_parts_per_million()
    {
        ReportTrack track = await SoundAsync(60, builder =>
        {
            for (int i = 0; i < 3000; i++)
            {
                builder.Add(OriginUs + (long)Math.Round(i * SoundUs * 1.0004), MadePackets.Opus(i, i * 960));
            }
        });
        Assert.Equal(400, track.Clock.SkewPpm, 2.0);
        Assert.Equal((false, 97), (track.Clock.UsesSenderReports, track.Score));
    }

    [Fact]
    public async Task Nothing_to_hear_a_mute_a_loss_silence_and_a_stopped_device_are_told_apart()
    {
        using var recording = new ReportedRecording(OriginUs, 20);
        var builder = new TrackFileBuilder("audio", ReportedRecording.Opus());
        int sequence = 0;
        for (int i = 0; i < 1000; i++)
        {
            bool isSent = i switch
            {
                >= 100 and < 200 => i % 20 == 0,
                >= 300 and < 400 or >= 800 and < 900 => false,
                _ => true,
            };
            sequence += isSent ? 1 : 0;
            if (isSent && i is not (>= 500 and < 510))
            {
                builder.Add(OriginUs + ((long)i * SoundUs), MadePackets.Opus(sequence, i * 960, level: i is >= 600 and < 700 ? (byte)127 : (byte)30));
            }
        }

        recording.Add("audio", builder.Build());
        recording.AddEvent(OriginUs + (300 * SoundUs), "producer_paused", "alice", "producer-audio");
        recording.AddEvent(OriginUs + (400 * SoundUs), "producer_resumed", "alice", "producer-audio");
        ReportTrack track = (await recording.ReportAsync()).Participants[0].Tracks[0];
        GapFigures gaps = track.Gaps;
        Assert.Equal((1900, 2000, 200, 1980, 2000), (gaps.DtxMs, gaps.MutedMs, gaps.LossMs, gaps.SilentMs, gaps.StoppedMs));
        Assert.Equal((0, 0, 0), (gaps.LinkMs, gaps.PausedMs, gaps.StalledMs));
        Assert.Equal(
            [("dtx", 2020L, 1980L), ("muted", 6000, 2000), ("loss", 10_000, 200), ("silent", 12_000, 1980), ("stopped", 16_000, 2000)],
            gaps.List.Select(gap => (gap.Kind, gap.T, gap.DurationMs)));

        // Only the loss costs: 10 of 705 packets, in a burst of 10.
        Assert.Equal((705, 10, 89), (track.Packets.Expected, track.Packets.Lost, track.Score));
    }

    [Fact]
    public async Task Freezes_waits_for_a_key_frame_and_the_ladder_of_sizes_are_seen()
    {
        using var recording = new ReportedRecording(OriginUs, 20);
        var builder = new TrackFileBuilder("video", TrackFileBuilder.Vp8());
        int sequence = 0;
        for (int i = 0; i < 500; i++)
        {
            bool isMade = i is < 425 or >= 450;
            sequence += isMade ? 1 : 0;
            if (isMade && i != 300)
            {
                builder.Add(OriginUs + ((long)i * PictureUs), MadePackets.Vp8(sequence, i * 3600, i is 30 or 250 or 375 ? Small : i == 150 ? Large : null));
            }
        }

        recording.Add("video", builder.Build());
        ReportTrack track = (await recording.ReportAsync()).Participants[0].Tracks[0];
        PictureFigures picture = track.Picture!;
        Assert.Equal((370, 4, 104), (picture.Frames, picture.Keyframes, picture.DroppedFrames));
        Assert.Equal((1200, 3040), (picture.FirstKeyframeWaitMs, picture.LongestKeyframeWaitMs));
        Assert.Equal((2, 4080, 3040), (picture.Freezes, picture.FrozenMs, picture.LongestFreezeMs));
        Assert.Equal([("keyframe", 11_960L, 3040L), ("sender", 16_960, 1040)], picture.FreezeList.Select(freeze => (freeze.Kind, freeze.T, freeze.DurationMs)));
        Assert.Equal([(1200L, 320, 180), (6000, 640, 360), (10_000, 320, 180)], picture.Resolutions.Select(size => (size.T, size.Width, size.Height)));
        Assert.Equal(369 / 14.68, picture.FrameRate, 0.01);

        // Freezes cost 40 at most, the first key frame 3, the wait for a later one 5, the lost packet 0.2.
        Assert.Equal(52, track.Score);
    }

    [Fact]
    public async Task In_band_FEC_that_could_have_made_up_for_a_loss_is_counted_as_not_used()
    {
        using var recording = new ReportedRecording(OriginUs, 20);
        TrackFormat format = ReportedRecording.Opus();
        format.PayloadTypes.Add(new PayloadFormat { Pt = 115, Codec = "flexfec-03", ClockRate = 48_000 });
        var sound = new TrackFileBuilder("audio", format);
        for (int i = 0; i < 1000; i++)
        {
            if (i is not (100 or 200 or 201 or 202 or 600))
            {
                sound.Add(OriginUs + ((long)i * SoundUs), MadePackets.Opus(i, i * 960, i < 500 ? MadePackets.Redundancy : MadePackets.Voice));
            }

            if (i % 100 == 0)
            {
                sound.Add(OriginUs + ((long)i * SoundUs), MadePackets.Rtp(115, i / 100, i * 960, marker: false, ssrc: 99, [1, 2, 3, 4]));
            }
        }

        // Both in RED, as browsers send them: |0| block PT |, then the block.
        TrackFormat protectedFormat = TrackFileBuilder.Vp8();
        protectedFormat.PayloadTypes.Add(new PayloadFormat { Pt = 98, Codec = "red", ClockRate = 90_000 });
        protectedFormat.PayloadTypes.Add(new PayloadFormat { Pt = 116, Codec = "ulpfec", ClockRate = 90_000 });
        var pictures = new TrackFileBuilder("video", protectedFormat);
        for (int i = 0; i < 500; i++)
        {
            byte[] block = i % 50 == 49 ? [116, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] : [96, .. MadePackets.Vp8Payload(i == 0 ? Small : null)];
            pictures.Add(OriginUs + ((long)i * PictureUs), MadePackets.Rtp(98, i, i * 3600, marker: block[0] == 96, ssrc: 2, block));
        }

        recording.Add("audio", sound.Build());
        recording.Add("video", pictures.Build());
        QualityReport report = await recording.ReportAsync();
        PacketFigures audio = report.Participants[0].Tracks[0].Packets;
        PacketFigures video = report.Participants[0].Tracks[1].Packets;
        Assert.Equal((5, 2, 496, 10), (audio.Lost, audio.FecUnused, audio.InbandFec, audio.Protection));
        Assert.Equal((0, 0, 0, 10), (video.Lost, video.FecUnused, video.InbandFec, video.Protection));
        Assert.Equal(490, report.Participants[0].Tracks[1].Picture!.Frames);
        Assert.Contains(report.Findings, finding => finding is { Severity: "info", Points: 0 } && finding.Text.StartsWith("Of the lost, 2 packets are held by the in-band FEC of the next packet", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Packets_that_no_output_holds_are_counted_and_cost_points()
    {
        // Of 1000 pictures 100 are VP9, and ten hold no descriptor of VP8 (RFC 7741 4.2: it ends within the packet).
        using var recording = new ReportedRecording(OriginUs, 40);
        TrackFormat format = TrackFileBuilder.Vp8();
        format.PayloadTypes.Add(new PayloadFormat { Pt = 98, Codec = "vp9", ClockRate = 90_000 });
        var pictures = new TrackFileBuilder("video", format);
        for (int i = 0; i < 1000; i++)
        {
            pictures.Add(OriginUs + ((long)i * PictureUs), i < 100
                ? MadePackets.Rtp(98, i, i * 3600, marker: true, ssrc: 2, [0x88, 1, 2, 3, 4])
                : i >= 990 ? MadePackets.Rtp(96, i, i * 3600, marker: true, ssrc: 2, [0x80]) : MadePackets.Vp8(i, i * 3600, i == 100 ? Small : null));
        }

        recording.Add("video", pictures.Build());
        QualityReport report = await recording.ReportAsync();
        ReportTrack track = report.Participants[0].Tracks[0];
        Assert.Equal(("vp8", 1000L, 100L, 10L, 0L), (track.Codec, track.Packets.Media, track.Packets.OtherCodec, track.Packets.Undecodable, track.Packets.Malformed));
        Assert.Equal((6.0, 1.0), (PointsOf("100 packets in another codec than vp8, kept raw only: a file has one codec"), PointsOf("10 packets of what vp8 does not allow: no output has them")));

        double PointsOf(string text) => Assert.Single(report.Findings, finding => finding.Text == text).Points;
    }

    // Late is 10 ms for sound, 36 ms for pictures.
    private static async Task<QualityReport> UnevenAsync(int seconds, Predicate<long> soundIsLate, Predicate<long> pictureIsLate)
    {
        using var recording = new ReportedRecording(OriginUs, seconds);
        var sound = new TrackFileBuilder("audio", ReportedRecording.Opus());
        for (int i = 0; i < seconds * 50; i++)
        {
            sound.Add(OriginUs + ((long)i * SoundUs) + (soundIsLate((long)i * SoundUs) ? 10_000 : 0), MadePackets.Opus(i, i * 960));
        }

        var pictures = new TrackFileBuilder("video", TrackFileBuilder.Vp8());
        for (int i = 0; i < seconds * 25; i++)
        {
            pictures.Add(OriginUs + ((long)i * PictureUs) + (pictureIsLate((long)i * PictureUs) ? 36_000 : 0), MadePackets.Vp8(i, i * 3600, i == 0 ? Small : null));
        }

        recording.Add("audio", sound.Build());
        recording.Add("video", pictures.Build());
        return await recording.ReportAsync();
    }

    private static async Task<ReportTrack> SoundAsync(double seconds, Action<TrackFileBuilder> fill, int late = 0)
    {
        using var recording = new ReportedRecording(OriginUs, seconds);
        var builder = new TrackFileBuilder("audio", ReportedRecording.Opus());
        fill(builder);
        recording.Add("audio", builder.Build(), change: track => track with { Late = late });
        return (await recording.ReportAsync()).Participants[0].Tracks[0];
    }
}
