using System.Globalization;
using Recording.Media.Clocks;
using Recording.Media.Remuxing;
using Recording.Media.Tests.Support;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Tests.Remuxing;

public class TrackRemuxerTests
{
    private const uint Ssrc = 0x1000;
    private const long Start = SimulatedSender.EpochUs;

    [Fact]
    public void Times_are_recording_time_less_the_origin_and_a_late_first_key_frame_keeps_the_timeline()
    {
        byte[] track = Video(first: 10).Build();
        (RemuxResult result, byte[] file) = Remux(track, new RemuxOptions { OriginUs = Start - 3_000_000 });
        Assert.Equal("", Ffmpeg.DecodeErrors(file));
        Assert.Equal((80, 2, 30), (result.Frames, result.Keyframes, result.DroppedFrames));

        // Frame 40 is the first key frame: 3 s to the start, 2 s of pictures that need one that is not there, 20 ms on the way.
        Assert.Equal(Start + 2_000_000, result.FirstFrameUs, 25_000.0);
        Assert.Equal(5.0, Seconds(Ffmpeg.Probe(file, "-show_entries", "frame=pts_time")[0]), 0.025);
        Assert.Equal([result.FirstFrameUs, result.FirstFrameUs + 2_000_000], result.KeyframeTimesUs, (a, b) => Math.Abs(a - b) < 25_000);
        Assert.Equal(new PictureSize(result.FirstFrameUs, 320, 180), Assert.Single(result.Sizes));
    }

    [Fact]
    public void A_lost_packet_costs_pictures_up_to_the_next_key_frame_and_the_freeze_is_noted()
    {
        (RemuxResult result, byte[] file) = Remux(Video(lose: 50).Build());
        Assert.Equal("", Ffmpeg.DecodeErrors(file));
        Assert.Equal(90, result.Frames);
        MediaGap gap = Assert.Single(result.Gaps);
        Assert.Equal(GapKind.Loss, gap.Kind);
        Assert.Equal(1.55, (gap.EndUs - gap.StartUs) / 1e6, 0.03);
    }

    [Fact]
    public void A_pause_leaves_a_gap_that_is_called_one()
    {
        TrackFileBuilder builder = new("audio", TrackFileBuilder.Opus());
        for (int i = 0; i < 200; i++)
        {
            if (i == 100)
            {
                builder.AddMarker(new Marker { Pause = new Marker.Types.Pause { By = "recording" } });
            }

            if (i == 100)
            {
                builder.AddMarker(new Marker { Resume = new Marker.Types.Resume { By = "recording" } });
            }

            int number = i < 100 ? i : i + 500;
            builder.Add(Start + (number * 20_000L), RtpBytes.Packet(Ssrc, 111, (ushort)number, (uint)number * 960, GeneratedMedia.OpusPackets[i]));
        }

        (RemuxResult result, byte[] file) = Remux(builder.Build());
        Assert.Equal("", Ffmpeg.DecodeErrors(file));
        Assert.Equal(200, result.Frames);
        MediaGap gap = Assert.Single(result.Gaps);
        Assert.Equal((GapKind.Pause, 10_000_000L), (gap.Kind, gap.EndUs - gap.StartUs));
    }

    [Fact]
    public void A_participants_tracks_share_one_offset()
    {
        // Pictures take 80 ms longer to the SFU than sound; by sender reports both were captured together.
        SimulatedSender audio = new() { IntervalSeconds = 0.02, ReportSeconds = 1, Seconds = 20, Seed = 1, MeanJitterSeconds = 0.003 };
        SimulatedSender video = new() { IsAudio = false, IntervalSeconds = 0.05, ReportSeconds = 1, Seconds = 20, Seed = 2, SendDelaySeconds = 0.08, MeanJitterSeconds = 0.003 };
        (byte[] audioFile, List<double> audioCaptured) = audio.Run();
        ParticipantClockEstimator estimator = new();
        estimator.AddTrack("a", new MemoryStream(audioFile));
        estimator.AddTrack("v", new MemoryStream(video.Run().File));
        ParticipantClock clock = estimator.Estimate();
        (RemuxResult result, _) = Remux(audioFile, new RemuxOptions { OriginUs = Start, Clock = clock["a"] });
        Assert.Equal(audioCaptured[0] + 30_000, result.FirstFrameUs, 5_000.0);
        long firstPicture = clock["v"].ToRecordingUs(0, 0xFFFF_0000);
        Assert.Equal(audioCaptured[0] + 30_000, firstPicture, 5_000.0);
    }

    [Fact]
    public void A_participant_who_publishes_again_continues_under_a_new_source()
    {
        TrackFileBuilder builder = Video(count: 70);
        builder.AddFormat(new TrackFormat { PayloadTypes = { TrackFileBuilder.Vp8().PayloadTypes }, Encodings = { new EncodingFormat { Ssrc = 0x2000 } } });
        Video(builder, 0x2000, fromSeconds: 3.6, first: 0, count: 40);
        (RemuxResult result, byte[] file) = Remux(builder.Build());
        Assert.Equal("", Ffmpeg.DecodeErrors(file));
        Assert.Equal((110, 3), (result.Frames, result.Keyframes));
        Assert.Equal(5.55, (result.LastFrameUs - result.FirstFrameUs) / 1e6, 0.03);
    }

    [Fact]
    public void A_codec_that_cannot_be_remuxed_writes_nothing_and_says_so()
    {
        TrackFormat format = new() { PayloadTypes = { new PayloadFormat { Pt = 9, Codec = "g722", ClockRate = 8000, Channels = 1 } } };
        byte[] track = new TrackFileBuilder("audio", format).Add(Start, RtpBytes.Packet(Ssrc, 9, 1, 0, [1, 2])).Build();
        (RemuxResult result, byte[] file) = Remux(track);
        Assert.Equal(("g722", 0, 1), (result.Codec, result.Frames, result.SkippedPackets));
        Assert.Empty(file);
    }

    [Fact]
    public void A_track_without_packets_writes_nothing()
    {
        (RemuxResult result, byte[] file) = Remux(new TrackFileBuilder("audio", TrackFileBuilder.Opus()).Build());
        Assert.Equal(("", 0), (result.Codec, result.Frames));
        Assert.Empty(file);
    }

    [Fact]
    public void Sound_never_runs_backwards()
    {
        // The timestamps fall back by a second in mid-stream while arrival goes on.
        TrackFileBuilder builder = new("audio", TrackFileBuilder.Opus());
        for (int i = 0; i < 200; i++)
        {
            uint timestamp = 100_000 + ((uint)i * 960) - (i >= 100 ? 48_000u : 0);
            builder.Add(Start + (i * 20_000L), RtpBytes.Packet(Ssrc, 111, (ushort)i, timestamp, GeneratedMedia.OpusPackets[i]));
        }

        (RemuxResult result, byte[] file) = Remux(builder.Build());
        Assert.Equal("", Ffmpeg.DecodeErrors(file));
        Assert.Equal(200, result.Frames + result.OverlappingFrames);
        Assert.InRange(result.OverlappingFrames, 0, 1);
        Assert.Equal(4.0, (result.EndUs - result.FirstFrameUs) / 1e6, 0.03);
        double[] times = [.. Ffmpeg.Probe(file, "-show_entries", "packet=pts_time").Select(Seconds)];
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.True(pair.Second > pair.First));
    }

    [Fact]
    public void Without_a_clock_the_track_file_must_be_seekable()
    {
        byte[] track = Video().Build();
        Assert.Throws<ArgumentException>(() => TrackRemuxer.Remux(new ForwardOnlyStream(new MemoryStream(track)), new MemoryStream()));
        using MemoryStream output = new();
        RemuxResult result = TrackRemuxer.Remux(
            new ForwardOnlyStream(new MemoryStream(track)), new ForwardOnlyStream(output), new RemuxOptions { Clock = ParticipantClock.OfSingleTrack(new MemoryStream(track)) });
        Assert.Equal(120, result.Frames);
        Assert.Equal("", Ffmpeg.DecodeErrors(output.ToArray()));
    }

    [Fact]
    public void Damage_in_the_file_costs_a_block_not_the_track()
    {
        byte[] track = Video().Build();
        track[track.Length / 2] ^= 0x55;
        (RemuxResult result, byte[] file) = Remux(track);
        Assert.Equal(1, result.DamageCount);
        Assert.InRange(result.Frames, 40, 119);
        Assert.Equal("", Ffmpeg.DecodeErrors(file));
    }

    private static TrackFileBuilder Video(int first = 0, int count = 120, int? lose = null) =>
        Video(new TrackFileBuilder("video", TrackFileBuilder.Vp8()), Ssrc, 0, first, count, lose);

    private static TrackFileBuilder Video(TrackFileBuilder builder, uint ssrc, double fromSeconds, int first, int count, int? lose = null)
    {
        ushort sequence = 65_000;
        for (int i = first; i < Math.Min(count, GeneratedMedia.Vp8Frames.Count); i++)
        {
            long at = Start + (long)(fromSeconds * 1e6) + (i * 50_000L);
            foreach (byte[] packet in RtpBytes.Vp8(ssrc, 96, () => sequence++, 0xFFFF_F000 + ((uint)i * 4500), GeneratedMedia.Vp8Frames[i], i))
            {
                if (i != lose)
                {
                    builder.Add(at += 500, packet);
                }
            }
        }

        return builder;
    }

    private static (RemuxResult Result, byte[] File) Remux(byte[] track, RemuxOptions? options = null)
    {
        using MemoryStream output = new();
        RemuxResult result = TrackRemuxer.Remux(new MemoryStream(track), output, options);
        return (result, output.ToArray());
    }

    private static double Seconds(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
