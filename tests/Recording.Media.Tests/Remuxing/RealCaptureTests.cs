using System.Globalization;
using Recording.Media.Clocks;
using Recording.Media.Remuxing;
using Recording.Media.Tests.Fixtures;
using Recording.Media.Tests.Support;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Tests.Remuxing;

/// <summary>Real browser and mediasoup media against what pcap2mjr, janus-pp-rec and ffmpeg made of it (shared/data/MANIFEST.md).</summary>
public class RealCaptureTests
{
    [SharedDataTheory]
    [InlineData("vp8-opus", "vp8", 0x71dc8bfa, 96, 640, 360, 1207, 60.716)]
    [InlineData("vp8-simulcast", "vp8", 0xe198168e, 96, 320, 180, 908, 45.351)]
    [InlineData("vp8-simulcast", "vp8", 0x961d75a5, 96, 640, 360, 906, 45.250)]
    [InlineData("vp8-simulcast", "vp8", 0xa7ed92b2, 96, 1280, 720, 906, 45.250)]
    [InlineData("vp8-events", "vp8", 0x86d9d436, 96, 640, 480, 1015, 58.847)]
    [InlineData("ms-vp8-pauses", "vp8", 0x37e1f5bf, 101, 640, 480, 720, 39.950)]
    [InlineData("opus-dtx-vp8", "vp8", 0xa7a00406, 96, 320, 240, 362, 18.098)]
    [InlineData("opus-red-vp8", "vp8", 0xfacd71de, 96, 320, 240, 602, 30.149)]
    [InlineData("h264-opus", "h264", 0xe9c47f09, 108, 640, 360, 1210, 60.450)]
    [InlineData("pcmu-h264", "h264", 0x3c3bdb13, 108, 640, 480, 604, 30.149)]
    [InlineData("vp9-svc", "vp9", 0xd7652876, 98, 320, 180, 604, 30.150)]
    [InlineData("av1-opus", "av1", 0x03b0f2b1, 45, 640, 360, 603, 30.200)]
    public void Video_decodes_without_error_in_its_reference_length(string capture, string codec, uint ssrc, byte payloadType, int width, int height, int frames, double seconds)
    {
        // The manifest's table has 1209 and 603 pictures of H.264 where its sources have 1210 and 604: the last one in Janus's MP4 has no duration, and FFmpeg discards it.
        byte[] track = CapturedTrack.Build($"browser/{capture}.pcap", "video", TrackFileBuilder.Of(codec, payloadType, 120), ssrc, 1234);
        (RemuxResult result, byte[] file) = Remux(track);
        Assert.Equal("", Ffmpeg.DecodeErrors(file));
        Assert.Equal(codec, result.Codec);
        Assert.Equal(frames, result.Frames);
        Assert.Equal(0, result.DroppedFrames);
        Assert.Equal((width, height), (result.Width, result.Height));
        Assert.InRange((result.LastFrameUs - result.FirstFrameUs) / 1e6, seconds - 0.15, seconds + 0.15);
        Assert.True(result.UsesSenderReports);
        Assert.InRange(result.ResidualMs, 0, 20);
        Assert.Equal(frames, Ffmpeg.Probe(file, "-count_packets", "-show_entries", "packet=pts_time").Length);
        Assert.Equal(frames, Expect.DecodedSizes(file).Sum(run => run.Count));
    }

    [SharedDataTheory]
    [InlineData("vp8-opus", 0xf7c88d56, 111, 3036, 60.73)]
    [InlineData("opus-dtx-vp8", 0x47925fc1, 111, 345, 17.9)]
    [InlineData("vp8-events", 0x1a189a01, 111, 2695, 58.9)]
    [InlineData("ms-vp8-pauses", 0x14350f7a, 100, 1703, 40.05)]
    [InlineData("av1-opus", 0x70bf96d2, 111, 1512, 30.24)]
    [InlineData("h264-opus", 0x66c35fde, 111, 3023, 60.46)]
    [InlineData("vp8-simulcast", 0x43eebbc7, 111, 2269, 45.38)]
    [InlineData("vp9-svc", 0xe422bf1f, 111, 1510, 30.20)]
    [InlineData("vp8-burst-nortx", 0x2423ae63, 111, 2185, 45.30)]
    public void Audio_decodes_without_error_and_keeps_its_gaps(string capture, uint ssrc, byte payloadType, int packets, double seconds)
    {
        byte[] track = CapturedTrack.Build($"browser/{capture}.pcap", "audio", TrackFileBuilder.Opus(payloadType), ssrc);
        (RemuxResult result, byte[] file) = Remux(track);
        Assert.Equal("", Ffmpeg.DecodeErrors(file));
        Assert.Equal(packets, result.Frames + result.OverlappingFrames);
        Assert.InRange(result.OverlappingFrames, 0, 2);
        Assert.InRange((result.EndUs - result.FirstFrameUs) / 1e6, seconds - 0.15, seconds + 0.15);
        string duration = Assert.Single(Ffmpeg.Probe(file, "-show_entries", "format=duration"));
        Assert.Equal((result.EndUs - result.FirstFrameUs) / 1e6, double.Parse(duration, CultureInfo.InvariantCulture), 0.01);
    }

    [SharedDataTheory]
    [InlineData("vp9-svc", "vp9", 0xd7652876, 98, "320x180:1 1280x720:603")]
    [InlineData("h264-opus", "h264", 0xe9c47f09, 108, "640x360:115 960x540:121 1280x720:974")]
    [InlineData("vp8-opus", "vp8", 0x71dc8bfa, 96, "640x360:276 960x540:80 1280x720:851")]
    public void Every_picture_decodes_in_the_size_that_the_browser_sent(string capture, string codec, uint ssrc, byte payloadType, string sizes)
    {
        // The highest spatial layer of vp9-svc is there from the second picture on; an independent reader shows the lowest.
        (_, byte[] file) = Remux(CapturedTrack.Build($"browser/{capture}.pcap", "video", TrackFileBuilder.Of(codec, payloadType, 120), ssrc));
        Assert.Equal(sizes, string.Join(' ', Expect.DecodedSizes(file).Select(run => $"{run.Size}:{run.Count}")));
    }

    [SharedDataTheory]
    [InlineData("membrane/input_vp8", "vp8", 0x62f601ff, 96, 300, 0, 0)]
    [InlineData("membrane/input_vp9", "vp9", 0x07232bb2, 96, 300, 0, 0)]
    [InlineData("membrane/demo_audio_video_rtp3", "h264", 0x27f8205f, 96, 142, 0, 0)]
    [InlineData("membrane/h264_before_sr", "h264", 0x4313b7d4, 96, 70, 2, 6)]
    [InlineData("membrane/h264_before_sr2", "h264", 0x4313b7d4, 96, 68, 2, 8)]
    [InlineData("str0m/vp8", "vp8", 0xeedf3944, 96, 101, 0, 0)]
    [InlineData("str0m/av1", "av1", 0xd465ac89, 45, 44, 1, 0)]
    public void Public_captures_decode_without_error(string capture, string codec, uint ssrc, byte payloadType, int frames, int dropped, int lost)
    {
        (RemuxResult result, byte[] file) = Remux(CapturedTrack.Build($"public/{capture}.pcap", "video", TrackFileBuilder.Of(codec, payloadType), ssrc));
        Assert.Equal("", Ffmpeg.DecodeErrors(file));
        Assert.Equal((frames, dropped, (long)lost), (result.Frames, result.DroppedFrames, result.Counters.Lost));
        Assert.Equal(frames, Expect.DecodedSizes(file).Sum(run => run.Count));
    }

    [SharedDataFact]
    public void A_capture_that_begins_behind_its_key_frame_has_no_picture_and_says_why()
    {
        (RemuxResult result, byte[] file) = Remux(CapturedTrack.Build("public/str0m/contiguous_vp9.pcap", "video", TrackFileBuilder.Of("vp9", 98), 0x0d2f602c));
        Assert.Empty(file);
        Assert.Equal((0, 16, "vp9"), (result.Frames, result.DroppedFrames, result.Codec));
    }

    [SharedDataTheory]
    [InlineData("vp9", 0x22d80f08, 98, 16, 77, 878, 13, 2)]
    [InlineData("h264", 0x6a5cc848, 126, 145, 123, 1085, 24, 236)]
    public void Captures_whose_longest_packets_were_cut_without_a_word_decode_once_it_is_said(
        string codec, uint ssrc, byte payloadType, int frames, int dropped, int snapLength, int wholeFrames, int wholeDropped)
    {
        // Slices that end with their packet at exactly the longest length: libvpx and FFmpeg refuse these pictures in what other tools make of them, too.
        string capture = $"public/str0m/{codec}.pcap";
        (RemuxResult cut, byte[] file) = Remux(CapturedTrack.Build(capture, "video", TrackFileBuilder.Of(codec, payloadType), ssrc));
        Assert.Equal((frames, dropped), (cut.Frames, cut.DroppedFrames));
        Assert.True(Ffmpeg.DecodeErrors(file).Length > 0);

        (RemuxResult whole, byte[] sound) = Remux(CapturedTrack.Build(capture, snapLength, "video", TrackFileBuilder.Of(codec, payloadType), ssrc));
        Assert.Equal("", Ffmpeg.DecodeErrors(sound));
        Assert.Equal((wholeFrames, wholeDropped), (whole.Frames, whole.DroppedFrames));
        Assert.Equal(wholeFrames, Expect.DecodedSizes(sound).Sum(run => run.Count));
    }

    [SharedDataTheory]
    [InlineData("browser/pcmu-h264.pcap", 0x5457d9ec, 1510, 1, 30.2)]
    [InlineData("public/rtptools/bark.rtp", 0x00059c72, 15, 0, 0.3)]
    public void A_telephone_quality_track_keeps_every_sample(string capture, uint ssrc, int packets, int padding, double seconds)
    {
        (RemuxResult result, byte[] file) = Remux(CapturedTrack.Build(capture, "audio", TrackFileBuilder.Of("pcmu", 0, clockRate: 8000), ssrc));
        Assert.Equal("", Ffmpeg.DecodeErrors(file));
        Assert.Equal(("pcmu", packets, (long)padding), (result.Codec, result.Frames, result.Counters.PaddingOnly));
        Assert.Equal(seconds, (result.EndUs - result.FirstFrameUs) / 1e6, 0.01);
        Assert.Equal(["pcm_mulaw,8000,1"], Ffmpeg.Probe(file, "-show_entries", "stream=codec_name,sample_rate,channels"));
    }

    [SharedDataTheory]
    [InlineData("vp8-opus", 0xf7c88d56, 111, 0x71dc8bfa, 96)]
    [InlineData("vp8-events", 0x1a189a01, 111, 0x86d9d436, 96)]
    [InlineData("opus-dtx-vp8", 0x47925fc1, 111, 0xa7a00406, 96)]
    [InlineData("ms-vp8-pauses", 0x14350f7a, 100, 0x37e1f5bf, 101)]
    public void Sound_and_pictures_of_a_browser_agree_on_one_clock(string capture, uint audio, byte audioType, uint video, byte videoType)
    {
        ParticipantClockEstimator estimator = new();
        estimator.AddTrack("audio", new MemoryStream(CapturedTrack.Build($"browser/{capture}.pcap", "audio", TrackFileBuilder.Opus(audioType), audio)));
        estimator.AddTrack("video", new MemoryStream(CapturedTrack.Build($"browser/{capture}.pcap", "video", TrackFileBuilder.Vp8(videoType, 120), video, 1234)));
        ParticipantClock clock = estimator.Estimate();
        Assert.All(clock.Tracks.Values, track =>
        {
            Assert.True(track.UsesSenderReports);
            Assert.False(track.FellBackToArrival);
            // The machine that captured vp8-opus was loaded: its audio clock wandered.
            Assert.InRange(track.ResidualMs, 0, 20);
        });
    }

    [SharedDataFact]
    public void Picture_sizes_change_where_the_browser_changed_them()
    {
        (RemuxResult result, _) = Remux(CapturedTrack.Build("browser/vp8-opus.pcap", "video", TrackFileBuilder.Vp8(), 0x71dc8bfa));
        Assert.Equal([(640, 360), (960, 540), (1280, 720)], result.Sizes.Select(size => (size.Width, size.Height)));
        Assert.Equal(14.1, (result.Sizes[1].TimeUs - result.FirstFrameUs) / 1e6, 0.2);
        Assert.Equal(18.1, (result.Sizes[2].TimeUs - result.FirstFrameUs) / 1e6, 0.2);
        Assert.Equal(7, result.Keyframes);
    }

    [SharedDataFact]
    public void A_microphone_that_was_taken_away_for_five_seconds_leaves_a_gap_of_five_seconds()
    {
        // Its RTP timestamps advance by 20 ms only; arrival and sender reports tell of the rest.
        (RemuxResult result, _) = Remux(CapturedTrack.Build("browser/vp8-events.pcap", "audio", TrackFileBuilder.Opus(), 0x1a189a01));
        MediaGap gap = Assert.Single(result.Gaps, gap => gap.EndUs - gap.StartUs > 4_000_000);
        Assert.Equal(5.0, (gap.EndUs - gap.StartUs) / 1e6, 0.06);
        Assert.Equal(GapKind.Silence, gap.Kind);
    }

    [SharedDataFact]
    public void A_muted_consumer_and_producer_leave_gaps()
    {
        (RemuxResult video, _) = Remux(CapturedTrack.Build("browser/ms-vp8-pauses.pcap", "video", TrackFileBuilder.Vp8(101, 120), 0x37e1f5bf));
        (RemuxResult audio, _) = Remux(CapturedTrack.Build("browser/ms-vp8-pauses.pcap", "audio", TrackFileBuilder.Opus(100), 0x14350f7a));
        Assert.Contains(video.Gaps, gap => Math.Abs(gap.EndUs - gap.StartUs - 4_000_000) < 400_000);
        Assert.Contains(audio.Gaps, gap => Math.Abs(gap.EndUs - gap.StartUs - 6_000_000) < 400_000);
    }

    [SharedDataFact]
    public void Lost_packets_cost_pictures_but_never_a_decoding_error()
    {
        (RemuxResult result, byte[] file) = Remux(CapturedTrack.Build("browser/vp8-burst-nortx.pcap", "video", TrackFileBuilder.Vp8(), 0x67b359bd));
        Assert.Equal("", Ffmpeg.DecodeErrors(file));
        Assert.Equal(24, result.Counters.Lost);
        Assert.Equal(61, result.Counters.PaddingOnly);
        Assert.Equal(0, result.Counters.Late);
        Assert.InRange(result.Frames, 550, 897);
    }

    [SharedDataFact]
    public void The_best_simulcast_layer_is_taken_when_a_file_holds_all()
    {
        TrackFormat format = TrackFileBuilder.Vp8();
        format.Encodings.Add([new EncodingFormat { Ssrc = 0xe198168e, Rid = "q" }, new EncodingFormat { Ssrc = 0x961d75a5, Rid = "h" }, new EncodingFormat { Ssrc = 0xa7ed92b2, Rid = "f" }]);
        (RemuxResult result, byte[] file) = Remux(CapturedTrack.Build("browser/vp8-simulcast.pcap", "video", format, 0xe198168e, 0x961d75a5, 0xa7ed92b2));
        Assert.Equal("", Ffmpeg.DecodeErrors(file));
        Assert.Equal((1280, 720), (result.Sizes[^1].Width, result.Sizes[^1].Height));
        Assert.InRange(result.Frames, 900, 915);
    }

    [SharedDataFact]
    public void Redundant_audio_is_taken_apart()
    {
        TrackFormat format = TrackFileBuilder.Opus();
        format.PayloadTypes.Add(new PayloadFormat { Pt = 63, Codec = "red", ClockRate = 48000, Channels = 2, Fmtp = "111/111" });
        (RemuxResult result, byte[] file) = Remux(CapturedTrack.Build("browser/opus-red-vp8.pcap", "audio", format, 0xc8bb0214));
        Assert.Equal("", Ffmpeg.DecodeErrors(file));
        Assert.InRange(result.Frames + result.OverlappingFrames, 1511, 1512);
    }

    private static (RemuxResult Result, byte[] File) Remux(byte[] track)
    {
        using MemoryStream output = new();
        RemuxResult result = TrackRemuxer.Remux(new MemoryStream(track), output);
        return (result, output.ToArray());
    }
}
